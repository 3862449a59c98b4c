import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PRELOAD = new URL('shifted-clock.js', import.meta.url);

/** The clock of the bot's host, which need not agree with Discord's. */
export interface HostClock {
  /** For the bot's process. */
  readonly environment: Readonly<Record<string, string>>;
  /** From now on it is so much ahead; negative: behind. The process notices within 50 ms. */
  readonly setAhead: (ms: number) => void;
}

/** `path`: of a file of its own. */
export function createHostClock(path: string): HostClock {
  const setAhead = (ms: number): void => {
    writeFileSync(path, String(ms));
  };
  setAhead(0);
  return {
    setAhead,
    environment: { NODE_OPTIONS: `--import=${fileURLToPath(PRELOAD)}`, NEMESIS_CLOCK_FILE: path },
  };
}
