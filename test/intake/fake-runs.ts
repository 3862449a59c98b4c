import type { Admission, RunFilter, Runs, RunSummary, WhileRunning } from '../../src/runs/ports.ts';
import { runSchema, type Run } from '../../src/runs/run.ts';

export interface FakeRuns extends Runs {
  readonly submitted: readonly Run[];
  /** With which mode each was submitted. */
  readonly modes: readonly (WhileRunning | undefined)[];
  readonly stops: readonly { filter: RunFilter; by: string }[];
  readonly edited: readonly Run[];
  readonly forgotten: readonly string[];
}

export interface FakeRunsOptions {
  readonly admit?: (run: Run) => Admission | Promise<Admission>;
  readonly stopped?: number;
  readonly runs?: readonly RunSummary[];
}

/** Takes what it is given, as strictly as the real one, and remembers it. */
export function createFakeRuns(options: FakeRunsOptions = {}): FakeRuns {
  const submitted: Run[] = [];
  const modes: (WhileRunning | undefined)[] = [];
  const stops: { filter: RunFilter; by: string }[] = [];
  const edited: Run[] = [];
  const forgotten: string[] = [];
  return {
    submitted,
    modes,
    stops,
    edited,
    forgotten,
    async submit(run, { whileRunning } = {}) {
      submitted.push(runSchema.parse(run));
      modes.push(whileRunning);
      return Promise.resolve(options.admit?.(run) ?? { kind: 'admitted', isPending: false });
    },
    stop(filter, by) {
      stops.push({ filter, by });
      return options.stopped ?? 0;
    },
    list: () => options.runs ?? [],
    edit(run) {
      edited.push(runSchema.parse(run));
      return Promise.resolve(true);
    },
    forget(runId) {
      forgotten.push(runId);
      return Promise.resolve(true);
    },
    retry: () => Promise.resolve(undefined),
    find: () => Promise.resolve(undefined),
  };
}
