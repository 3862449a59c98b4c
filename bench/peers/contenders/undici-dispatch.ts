/** undici below its promises and streams: handlers that are called synchronously with each piece. */
import { StringDecoder } from 'node:string_decoder';
import { Agent } from 'undici';
import { createHandLoop, createSseReader } from '../hand-loop.ts';
import type { CreateContender } from '../task.ts';

export const create: CreateContender = (origin) => {
  const agent = new Agent();
  const headers = { 'content-type': 'application/json', authorization: 'Bearer bench' };
  const options = { origin, path: '/v1/chat/completions', method: 'POST' as const, headers };
  const post = (body: string, onData: (payload: string) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      const decoder = new StringDecoder('utf8');
      const read = createSseReader(onData);
      agent.dispatch(
        { ...options, body },
        {
          onRequestStart: () => undefined,
          onResponseStart: (_controller, statusCode) => {
            if (statusCode !== 200) throw new Error(`HTTP ${String(statusCode)}`);
          },
          onResponseData: (_controller, chunk) => {
            read(decoder.write(chunk));
          },
          onResponseEnd: () => {
            resolve();
          },
          onResponseError: (_controller, error) => {
            reject(error);
          },
        },
      );
    });
  return Promise.resolve(createHandLoop(post, () => agent.close()));
};
