import type { RunTable } from '../src/storage/run-table.ts';

/** Takes every run and forgets it: what the line costs without being written down. */
export const keepNothing: RunTable = {
  isDurable: false,
  admit: () => Promise.resolve(true),
  patch: () => Promise.resolve(),
  saveStep: () => Promise.resolve(),
  retire: () => Promise.resolve(),
  list: () => Promise.resolve([]),
  cursors: () => Promise.resolve(new Map()),
  forgetChannel: () => Promise.resolve(),
  forgetChannelsUntil: () => Promise.resolve(),
};
