import type { Faults } from '../discord/types.ts';
import { ofKind, type Fault, type Victims } from './fault.ts';

const MESSAGES = /\/messages/;

/** Each for a few requests, soon used up. */
export const restFaults = ofKind('rest', [
  toRestFault('REST 429', 4, {
    status: 429,
    body: { message: 'You are being rate limited.', retry_after: 0.3, global: false },
    headers: { 'retry-after': '1', 'x-ratelimit-scope': 'shared' },
  }),
  toRestFault('REST 500', 4, { status: 500 }),
  toRestFault('REST slow', 3, { delayMs: 1_500 }),
  toRestFault('REST reset', 3, { kind: 'reset' }),
  toRestFault('REST 500 after the effect', 5, { status: 500, afterEffect: true }),
  toRestFault('REST reset after the effect', 5, { kind: 'reset', afterEffect: true }),
  toRestFault('REST silent', 2, { kind: 'hang' }),
  toRestFault('REST silent after the effect', 2, { kind: 'hang', afterEffect: true }),
]);

/** What proxies say of themselves, in a page and without a word of Discord's. */
const PAGES = { 403: 'error 1020', 404: 'Not Found', 408: 'Request Timeout', 502: 'Bad Gateway' } as const;

export const htmlFaults = ofKind(
  'html',
  Object.entries(PAGES).flatMap(([status, words]) => {
    const html = `<html><head><title>${status}</title></head><body><h1>${words}</h1></body></html>`;
    const headers = { 'Content-Type': 'text/html; charset=UTF-8' };
    return [
      toRestFault(`HTML ${status}`, 2, { status: Number(status), body: html, headers }),
      {
        name: `HTML ${status} for everything`,
        weight: 1,
        shares: 'proxy',
        lastsMs: [200, 1_500] as const,
        begin: ({ discord }: Victims) => {
          discord.proxy({ status: Number(status), html });
        },
        end: ({ discord }: Victims) => {
          discord.proxy(undefined);
        },
      },
    ];
  }),
);

function toRestFault(
  name: string,
  weight: number,
  fault: Parameters<Faults['rest']>[0],
): Omit<Fault, 'kind'> {
  return {
    name,
    weight,
    lastsMs: [0, 0],
    begin: ({ discord }, times) => {
      discord.rest({ path: MESSAGES, times, ...fault });
    },
  };
}
