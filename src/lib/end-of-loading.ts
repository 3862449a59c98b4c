import { flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type CollectGarbage = (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;

/** Collections after which V8 forgets code that did not run between them: as it is by itself, and here. */
const CODE_OLD_AGE = 6;
const LOADING_CODE_OLD_AGE = 1;

/**
 * Call it once everything is loaded. Keeps what was compiled for the next start, which a process that is killed could
 * not, and gives back what loading took: some 40 MB that V8 would keep, since a bot that waits allocates next to
 * nothing and so never makes it look; and the code that only loading ran. Takes about a tenth of a second.
 * What it gains: docs/decisions/0007-v8-flags.md.
 */
export function endLoading(): void {
  flushCompileCache();
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as CollectGarbage;
  setFlagsFromString(`--bytecode-old-age=${LOADING_CODE_OLD_AGE}`);
  // Code grows old in the first, is forgotten in the second, and what it held goes with the third.
  for (let round = 0; round < 3; round += 1) collectGarbage({ type: 'major', flavor: 'last-resort' });
  setFlagsFromString(`--bytecode-old-age=${CODE_OLD_AGE}`);
}
