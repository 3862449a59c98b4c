import type { Log } from '../observability/log.ts';
import type { Model } from '../model/ports.ts';
import type { OverloadOptions } from '../runs/overload.ts';
import type { Storage } from '../storage/ports.ts';
import type { Tool } from '../tools/tool.ts';

/** What a test or the sandbox puts in place of the real thing. */
export interface AppOverrides {
  readonly log?: Log;
  readonly tools?: readonly Tool[];
  readonly model?: Model;
  /** `every-second`: without a budget, for comparison in benchmarks. */
  readonly edits?: 'budgeted' | 'every-second';
  /** How soon a late event loop counts as one that lasts. */
  readonly overload?: Pick<OverloadOptions, 'lastingMs'>;
  /** Wraps the store that was opened. */
  readonly storage?: (storage: Storage) => Storage;
  /** After the start: what no retry can mend, such as a token that was withdrawn. */
  readonly onFatal?: (error: unknown) => void;
}
