import { createHandLoop, createSseReader } from '../hand-loop.ts';
import type { CreateContender } from '../task.ts';

export const create: CreateContender = (origin) => {
  const url = `${origin}/v1/chat/completions`;
  const headers = { 'content-type': 'application/json', authorization: 'Bearer bench' };
  const post = async (body: string, onData: (payload: string) => void): Promise<void> => {
    const response = await fetch(url, { method: 'POST', headers, body });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${String(response.status)}`);
    const read = createSseReader(onData);
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      read(decoder.decode(value, { stream: true }));
    }
  };
  return Promise.resolve(createHandLoop(post));
};
