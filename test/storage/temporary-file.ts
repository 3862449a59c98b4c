import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A path for a store that is deleted, with its directory, when the test has finished. */
export async function temporaryFile(name = 'store.db'): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, name);
}
