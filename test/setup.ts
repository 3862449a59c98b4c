import fc from 'fast-check';
import { vi } from 'vitest';

// Every run of the suite tries the same cases, so that it fails for what was changed. Other cases: another seed.
fc.configureGlobal({ seed: 20_261_121 });

/** Longer than a busy machine takes. */
const PATIENCE_MS = 30_000;

// As `expect.poll` in the configuration, which has no such setting for this one.
const { waitFor } = vi;
vi.waitFor = (callback, options) =>
  waitFor(callback, {
    timeout: PATIENCE_MS,
    ...(typeof options === 'number' ? { timeout: options } : options),
  });
