import { flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type CollectGarbage = (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;

/**
 * Call it once everything is loaded. Keeps what was compiled for the next start, which a process that is killed could
 * not, and gives back what loading took: some 40 MB that V8 would keep, since a bot that waits allocates next to
 * nothing and so never makes it look. Takes about a tenth of a second.
 */
export function endLoading(): void {
  flushCompileCache();
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as CollectGarbage;
  collectGarbage({ type: 'major', flavor: 'last-resort' });
}
