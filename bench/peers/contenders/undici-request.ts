import { Agent, request } from 'undici';
import { createHandLoop, createSseReader } from '../hand-loop.ts';
import type { CreateContender } from '../task.ts';

export const create: CreateContender = (origin) => {
  const dispatcher = new Agent();
  const url = `${origin}/v1/chat/completions`;
  const headers = { 'content-type': 'application/json', authorization: 'Bearer bench' };
  const post = async (body: string, onData: (payload: string) => void): Promise<void> => {
    const response = await request(url, { method: 'POST', headers, body, dispatcher });
    if (response.statusCode !== 200) throw new Error(`HTTP ${String(response.statusCode)}`);
    await new Promise<void>((resolve, reject) => {
      response.body.setEncoding('utf8');
      response.body.on('data', createSseReader(onData)).on('end', resolve).on('error', reject);
    });
  };
  return Promise.resolve(createHandLoop(post, () => dispatcher.close()));
};
