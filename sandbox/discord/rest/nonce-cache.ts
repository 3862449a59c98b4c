import type { MessageState } from '../world/entities.ts';
import type { MessageCreateBody } from './schemas/message.ts';

/** "The past few minutes", as Discord's documentation has it. */
const lifetimeMs = 180_000;

/** With `enforce_nonce`, a create with a nonce seen lately answers with the message of the first. */
export interface NonceCache {
  find(body: MessageCreateBody): MessageState | undefined;
  keep(body: MessageCreateBody, state: MessageState): void;
}

export function createNonceCache(): NonceCache {
  const states = new Map<string, MessageState>();

  function keyOf({ nonce }: MessageCreateBody): string | undefined {
    return nonce === undefined || nonce === null ? undefined : String(nonce);
  }

  return {
    find(body) {
      const key = body.enforce_nonce === true ? keyOf(body) : undefined;
      const state = key === undefined ? undefined : states.get(key);
      return state !== undefined && state.sentAtMs > Date.now() - lifetimeMs ? state : undefined;
    },
    keep(body, state) {
      const key = keyOf(body);
      if (key === undefined) return;
      states.delete(key);
      states.set(key, state);
      for (const [oldest, { sentAtMs }] of states) {
        if (sentAtMs > Date.now() - lifetimeMs) return;
        states.delete(oldest);
      }
    },
  };
}
