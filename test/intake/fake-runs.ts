import type { Admission, RunAgain, RunFilter, Runs, RunSummary, WhileRunning } from '../../src/runs/ports.ts';
import { runSchema, type Run } from '../../src/runs/run.ts';

export interface FakeRuns extends Runs {
  readonly submitted: readonly Run[];
  /** With which mode each was submitted. */
  readonly modes: readonly (WhileRunning | undefined)[];
  readonly stops: readonly { filter: RunFilter; by: string }[];
  readonly edited: Run[];
  readonly forgotten: readonly string[];
  readonly withdrawn: readonly string[];
  readonly retried: readonly (RunAgain & { readonly runId: string })[];
}

export interface FakeRunsOptions {
  readonly admit?: (run: Run) => Admission | Promise<Admission>;
  readonly stopped?: number;
  readonly runs?: readonly RunSummary[];
  /** The one run that is kept. */
  readonly found?: Run;
  /** Whether what is edited is the question of a run (true). */
  readonly knows?: boolean;
}

/** Takes what it is given, as strictly as the real one, and remembers it. */
export function createFakeRuns(options: FakeRunsOptions = {}): FakeRuns {
  const submitted: Run[] = [];
  const modes: (WhileRunning | undefined)[] = [];
  const stops: { filter: RunFilter; by: string }[] = [];
  const edited: Run[] = [];
  const forgotten: string[] = [];
  const withdrawn: string[] = [];
  const retried: (RunAgain & { readonly runId: string })[] = [];
  return {
    submitted,
    modes,
    stops,
    edited,
    forgotten,
    withdrawn,
    retried,
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
      return Promise.resolve(options.knows ?? true);
    },
    forget(runId) {
      forgotten.push(runId);
      return Promise.resolve(true);
    },
    withdraw(questionId) {
      withdrawn.push(questionId);
      return Promise.resolve(true);
    },
    retry(runId, again) {
      retried.push({ runId, ...again });
      return Promise.resolve({ kind: 'admitted', isPending: false });
    },
    find: (runId) => Promise.resolve(options.found?.id === runId ? options.found : undefined),
  };
}

export function createRun({ requesterId }: { readonly requesterId: string }): Run {
  return {
    version: 1,
    id: '1100000000000000001',
    createdAt: 0,
    conversationId: 'c',
    audience: { kind: 'private', userId: requesterId },
    guildId: '1',
    channelId: '10',
    requester: { id: requesterId, name: 'Ann' },
    origin: { kind: 'message', messageId: '1100000000000000001' },
    prompt: { text: 'Tea?', quotes: [], attachments: [] },
    model: null,
    replaces: null,
  };
}
