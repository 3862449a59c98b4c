import { Agent, request } from 'node:http';
import { createHandLoop, createSseReader } from '../hand-loop.ts';
import type { CreateContender } from '../task.ts';

export const create: CreateContender = (origin) => {
  const agent = new Agent({ keepAlive: true });
  const url = new URL(`${origin}/v1/chat/completions`);
  const post = (body: string, onData: (payload: string) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', authorization: 'Bearer bench' };
      const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`HTTP ${String(response.statusCode)}`));
        response.setEncoding('utf8');
        response.on('data', createSseReader(onData));
        response.on('end', resolve);
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  const close = (): Promise<void> => {
    agent.destroy();
    return Promise.resolve();
  };
  return Promise.resolve(createHandLoop(post, close));
};
