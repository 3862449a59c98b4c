import { PRIORITIES } from './outgoing-request.ts';
import type { Priority } from './outgoing-request.ts';

/**
 * How much of the global window may be taken before a request of that worth has to wait. `busy` holds while more
 * answers are being worked on than the window has slots: then whatever will cost a second request, or is only
 * nice to see, keeps away so that every answer finds its slot when it is complete.
 */
const SHARES = {
  acknowledgement: { calm: 1, busy: 1 },
  'first-text': { calm: 1, busy: 1 },
  'partial-text': { calm: 1, busy: 0.5 },
  'final-text': { calm: 1, busy: 1 },
  read: { calm: 1, busy: 1 },
  notice: { calm: 0.8, busy: 0.5 },
  typing: { calm: 0.5, busy: 0.2 },
  'interim-edit': { calm: 0.5, busy: 0.3 },
} as const satisfies Record<Priority, { calm: number; busy: number }>;

export function toWindowShare(rank: number, isBusy: boolean): number {
  const priority = PRIORITIES[rank];
  if (!priority) return 1;
  return isBusy ? SHARES[priority].busy : SHARES[priority].calm;
}

export function toRank(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}
