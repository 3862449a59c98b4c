import type { Admission, RunFilter, Runs, RunSummary } from '../../src/runs/ports.ts';
import { runSchema, type Run } from '../../src/runs/run.ts';

export interface FakeRuns extends Runs {
  readonly submitted: readonly Run[];
  readonly stops: readonly { filter: RunFilter; by: string }[];
}

export interface FakeRunsOptions {
  readonly admit?: (run: Run) => Admission | Promise<Admission>;
  readonly stopped?: number;
  readonly runs?: readonly RunSummary[];
}

/** Takes what it is given, as strictly as the real one, and remembers it. */
export function createFakeRuns(options: FakeRunsOptions = {}): FakeRuns {
  const submitted: Run[] = [];
  const stops: { filter: RunFilter; by: string }[] = [];
  return {
    submitted,
    stops,
    submit(run) {
      submitted.push(runSchema.parse(run));
      return options.admit?.(run) ?? { kind: 'admitted' };
    },
    stop(filter, by) {
      stops.push({ filter, by });
      return options.stopped ?? 0;
    },
    list: () => options.runs ?? [],
  };
}
