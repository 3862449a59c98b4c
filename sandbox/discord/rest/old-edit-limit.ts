import type { MessageState } from '../world/entities.ts';
import { refusals } from './api-error.ts';

/** Discord keeps the number to itself; so few show a bot that relies on editing old messages. */
const maxEdits = 3;
const windowMs = 3_600_000;

/** Edits of messages older than an hour have a cap of their own in each channel. */
export interface OldEditLimit {
  /** Throws 30046 over the cap. */
  check(channelId: string, state: MessageState): void;
}

export function createOldEditLimit(oldMessageAgeMs: number): OldEditLimit {
  const editTimes = new Map<string, number[]>();
  return {
    check(channelId, state) {
      const now = Date.now();
      if (state.sentAtMs > now - oldMessageAgeMs) return;
      const recent = (editTimes.get(channelId) ?? []).filter((time) => time > now - windowMs);
      if (recent.length >= maxEdits) throw refusals.tooManyOldEdits();
      recent.push(now);
      editTimes.set(channelId, recent);
    },
  };
}
