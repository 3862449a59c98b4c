import { PRIORITIES } from './outgoing-request.ts';
import type { Priority } from './outgoing-request.ts';

/**
 * How much of the global window may be taken before a request of that worth has to wait. What will cost a second
 * request, or is only nice to see, gets less the more answers are asked for than the window has slots, so that
 * each answer finds its slot when it is complete. `least` keeps it going where answers are many but slow.
 */
const SHARES = {
  acknowledgement: { most: 1, least: 1 },
  'first-text': { most: 1, least: 1 },
  'partial-text': { most: 1, least: 0.2 },
  'final-text': { most: 1, least: 1 },
  read: { most: 1, least: 1 },
  notice: { most: 0.8, least: 0.2 },
  typing: { most: 0.5, least: 0 },
  'interim-edit': { most: 0.5, least: 0.2 },
} as const satisfies Record<Priority, { most: number; least: number }>;

/** `demand`: answers asked for, divided by the slots of the window. */
export function toWindowShare(rank: number, demand: number): number {
  const priority = PRIORITIES[rank];
  if (!priority) return 1;
  const { most, least } = SHARES[priority];
  return most === least ? most : Math.max(least, most / Math.max(1, demand));
}

export function toRank(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}
