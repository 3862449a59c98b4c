import { ANSWER_WINDOW_MS, toRemainingMs } from './answer-window.ts';
import type { Answers } from './answers.ts';
import { createCarryOut, type CarryOut } from './carry-out.ts';
import type { RunPorts } from './execute-run.ts';
import { Lanes, type LaneLimits } from './lanes.ts';
import { RunStopped, RunSuspended } from './outcome.ts';
import type { Overload } from './overload.ts';
import { createOwnedWork, settlesWithin } from './owned-work.ts';
import type { Admission, ReplyFactory, RunAgain, RunFilter, Runs, RunSummary, StoppedBy } from './ports.ts';
import { PlaceAnnouncer } from './place-announcer.ts';
import { recall } from './recall.ts';
import { createRefusals, type Refusals } from './refusals.ts';
import { RunChanges } from './run-changes.ts';
import { runSchema, type Run } from './run.ts';
import type { RunEnding, RunStore, StoredRun } from './run-store.ts';
import { hasFiles } from './run-attachments.ts';
import { matchesFilter, toSameTalk, toSummary } from './run-filter.ts';
import { RunTask } from './run-task.ts';
import { createSettlement, type Settlement } from './settle.ts';

export interface RunServiceOptions extends RunPorts {
  readonly limits: LaneLimits;
  readonly replies: ReplyFactory;
  readonly answers: Answers;
  readonly store: RunStore;
  /** Whether more than what is here can be taken just now. */
  readonly overload?: Pick<Overload, 'reason'>;
  /** Before each new try to deliver an answer that Discord could not take, ms. */
  readonly redeliveryDelaysMs?: readonly number[];
  /** How long answers may take that Discord takes by an interaction's token alone, ms (14 minutes). */
  readonly answerWindowMs?: number;
  /** How often those who wait are told their place, ms. */
  readonly positionIntervalMs?: number;
}

export interface RunService extends Runs {
  readonly active: number;
  readonly pending: number;
  /** Goes on with what an earlier process left: unfinished runs, undelivered answers, unwritten memory. */
  resume(): Promise<void>;
  /**
   * Lets the runs under way end by themselves for at most `graceMs`. What is left then, or has not started, goes on
   * in the next process where the store is durable; else it is stopped and has `deliveryMs` to say so. What is
   * submitted from now on is refused.
   */
  drain(graceMs: number, deliveryMs: number): Promise<void>;
}

const FULL_REASON = 'Too many questions are waiting just now. Please try again in a minute.';

/** Takes runs in, gives each its turn in the fair lanes, and brings each to exactly one outcome. */
export function createRunService(options: RunServiceOptions): RunService {
  return new Service(options);
}

interface PlaceOptions {
  /** Where an earlier process left it. */
  readonly left?: StoredRun;
  /** Whatever the bounds. */
  readonly force?: boolean;
  /** The question was taken before. */
  readonly isAgain?: boolean;
}

class Service implements RunService {
  readonly #options: RunServiceOptions;
  readonly #lanes: Lanes<RunTask>;
  readonly #owned;
  readonly #settlement: Settlement;
  readonly #refusals: Refusals;
  readonly #carryOut: CarryOut;
  readonly #changes: RunChanges;
  readonly #places: PlaceAnnouncer;
  /** What this process took before it went on with what an earlier one left. */
  #taken: Set<string> | undefined = new Set();
  #isDraining = false;
  /** What has not started is left to the next process. */
  #isSuspending = false;

  constructor(options: RunServiceOptions) {
    this.#options = options;
    this.#owned = createOwnedWork(options.log);
    this.#settlement = createSettlement({ ...options, owned: this.#owned });
    const owning = { ...options, owned: this.#owned, settlement: this.#settlement };
    this.#refusals = createRefusals(owning);
    this.#carryOut = createCarryOut(owning);
    this.#lanes = new Lanes(options.limits, (task, leavePlace) => this.#work(task, leavePlace));
    this.#places = new PlaceAnnouncer(this.#lanes, options.positionIntervalMs ?? 5_000);
    this.#changes = new RunChanges({
      ...owning,
      tasks: {
        get: (runId) => this.#lanes.get(runId),
        hasStarted: (task) => this.#lanes.hasStarted(task),
        stop: (task, by) => {
          this.#stop(task, by);
        },
        enqueue: (run, how) => this.#enqueue(run, how),
      },
    });
  }

  get active(): number {
    return this.#lanes.active;
  }

  get pending(): number {
    return this.#lanes.pending;
  }

  async submit(
    candidate: Run,
    { whileRunning = 'queue' }: Parameters<Runs['submit']>[1] = {},
  ): Promise<Admission> {
    const run = runSchema.parse(candidate);
    if (this.#lanes.get(run.id)) return { kind: 'duplicate' };
    if (this.#isDraining)
      return this.#refusals.refuse(run, 'I am about to restart. Please ask again in a minute.');
    const { overload, quota, store } = this.#options;
    const refusal = overload?.reason() ?? quota?.reason(run.requester.id, this.pending);
    if (refusal !== undefined) return this.#refusals.refuse(run, refusal);
    const running = whileRunning === 'queue' ? undefined : this.#runningOf(run);
    // Files have to be read first, which no step waits for: such a question takes its turn.
    if (running && whileRunning === 'steer' && !hasFiles(run)) {
      // In its place before the claim is awaited, so that what joins keeps its order.
      running.steering.push(run);
      this.#taken?.add(run.id);
      if (await store.admit(run, { isAgain: false })) return { kind: 'steered', runId: running.id };
      running.steering.splice(running.steering.indexOf(run) >>> 0, 1);
      return { kind: 'duplicate' };
    }
    if (!running) return this.#enqueue(run);
    if (whileRunning === 'interrupt') {
      for (const task of this.#matching(toSameTalk(run))) this.#stop(task, 'interrupted');
    }
    const admission = await this.#enqueue(run);
    const interrupts = whileRunning === 'interrupt' && admission.kind === 'admitted';
    return interrupts ? { ...admission, interrupts } : admission;
  }

  stop(filter: RunFilter, by: StoppedBy): number {
    const tasks = [...this.#matching(filter)];
    for (const task of tasks) this.#stop(task, by);
    return tasks.length;
  }

  list(filter: RunFilter = {}): RunSummary[] {
    const positions = new Map<string, number>();
    this.#lanes.forEachPending((task, position) => positions.set(task.id, position));
    return [...this.#matching(filter)].map(({ run }) => toSummary(run, positions.get(run.id)));
  }

  edit(run: Run): Promise<boolean> {
    return this.#changes.edit(run);
  }

  forget(runId: string): Promise<boolean> {
    return this.#changes.forget(runId);
  }

  retry(runId: string, again: RunAgain): Promise<Admission | undefined> {
    return this.#changes.retry(runId, again);
  }

  async find(runId: string): Promise<Run | undefined> {
    return this.#lanes.get(runId)?.run ?? (await this.#options.answers.find(runId))?.run;
  }

  async drain(graceMs: number, deliveryMs: number): Promise<void> {
    const { log, answers, store } = this.#options;
    this.#isDraining = true;
    this.#isSuspending = store.isDurable;
    this.#settlement.close();
    if (!(await settlesWithin(this.#lanes.idle(), graceMs))) {
      const { active, pending } = this;
      log.warn({ active, pending }, 'the grace period is over: stopping runs');
      if (store.isDurable) for (const task of this.#lanes.tasks()) task.controller.abort(new RunSuspended());
      else this.stop({}, 'shutdown');
    }
    const isDone = await settlesWithin(
      Promise.all([this.#lanes.idle(), this.#owned.settled(), answers.flush()]).then(() => store.flush()),
      deliveryMs,
    );
    if (!isDone) log.error({ runs: this.list().length }, 'not every outcome could be shown in time');
    this.#places.stop();
  }

  async resume(): Promise<void> {
    const stored = await this.#options.store.list();
    const taken = this.#taken;
    this.#taken = undefined;
    const left = stored.filter(({ run }) => !taken?.has(run.id));
    // All at once, so that each keeps its place before what is asked from now on.
    for (const one of left) {
      const { run, ending } = one;
      if (ending?.refusal !== undefined) {
        this.#refusals.tellAgain(run, ending.refusal);
      } else if (ending && one.isDelivered) this.#settlement.remembered(run, ending, one.messageIds);
      else this.#place(one.run, Promise.resolve(true), { left: one, force: true });
    }
    if (left.length > 0) this.#options.log.info({ runs: left.length }, 'went on with what was left');
  }

  async #enqueue(run: Run, { isAgain = false } = {}): Promise<Admission> {
    // Of what was taken before, nobody has asked yet.
    const refusal = run.replaces ? this.#options.quota?.reason(run.requester.id, this.pending) : undefined;
    if (refusal !== undefined) return this.#refusals.refuse(run, refusal, { isAgain });
    this.#taken?.add(run.id);
    const claim = Promise.withResolvers<boolean>();
    const admission = this.#place(run, claim.promise, { isAgain });
    if (admission.kind !== 'admitted') return admission;
    // The place in the lanes is taken at once and the work waits for the claim, so order is that of the calls.
    const isNew = await this.#options.store.admit(run, { isAgain });
    claim.resolve(isNew);
    if (isNew) return admission;
    const task = this.#lanes.get(run.id);
    // It holds nobody up while it waits for nothing.
    if (task && this.#lanes.remove(run.id)) this.#abandon(task);
    return { kind: 'duplicate' };
  }

  /** Takes a place in the lanes, without waiting for anything. */
  #place(
    run: Run,
    claim: Promise<boolean>,
    { left, force = false, isAgain = false }: PlaceOptions = {},
  ): Admission {
    const { limits, replies, store, answerWindowMs = ANSWER_WINDOW_MS } = this.#options;
    const onShown = (messageIds: readonly string[]): void => {
      this.#owned.add(store.saveReceipt(run.id, messageIds), 'a receipt could not be written down');
    };
    const reply = replies.open(run, { onShown, ...(left && { standing: left.messageIds }) });
    const task = new RunTask(run, reply, claim, left);
    const admission = this.#lanes.submit(task, { force });
    if (admission === 'user-full') return this.#refusals.refuse(run, userFullReason(limits), { isAgain });
    if (admission === 'full') return this.#refusals.refuse(run, FULL_REASON, { isAgain });
    if (admission === 'pending') this.#places.announce(task);
    const remainingMs = toRemainingMs(run, answerWindowMs);
    if (remainingMs !== undefined) {
      task.expireIn(remainingMs, () => {
        if (!task.isDelivering) this.#stop(task, 'expired');
      });
    }
    return { kind: 'admitted', isPending: admission === 'pending' };
  }

  /** Never rejects. */
  async #work(task: RunTask, leavePlace: () => void): Promise<void> {
    // While the claim is being written: the first text waits for one of them, not for both.
    const recalled = task.ending ? undefined : recall(task.run, this.#options, task.controller.signal);
    const isNew = await task.claim;
    if (!isNew || this.#isSuspending) {
      this.#abandon(task);
      return;
    }
    await this.#carryOut(task, leavePlace, recalled);
    task.end();
    this.#placeLate(task);
  }

  /** What came too late for another step is a question of its own; it is claimed already. */
  #placeLate(task: RunTask): void {
    if (this.#isSuspending) return;
    for (const run of task.steering.splice(0)) this.#place(run, Promise.resolve(true), { force: true });
  }

  /** Leaves a run that is somebody else's without a word. */
  #abandon(task: RunTask): void {
    task.reply.suspend();
    task.end();
  }

  #stop(task: RunTask, by: StoppedBy): void {
    // The signal is set first, so that a task that starts in the same moment sees it.
    task.controller.abort(new RunStopped(by));
    if (!this.#lanes.remove(task.id)) return;
    const outcome = { kind: 'cancelled', text: '', by } as const;
    this.#owned.add(this.#endUnstarted(task, { outcome, turn: null }), 'a stop could not be shown');
  }

  async #endUnstarted(task: RunTask, ending: RunEnding): Promise<void> {
    if (await task.claim) {
      await this.#options.store.end(task.id, ending);
      this.#settlement.delivered(task.run, ending, await task.reply.finish(ending.outcome));
    }
    task.end();
  }

  #runningOf(run: Run): RunTask | undefined {
    for (const task of this.#matching(toSameTalk(run))) {
      if (this.#lanes.hasStarted(task) && !task.isDelivering) return task;
    }
    return undefined;
  }

  *#matching(filter: RunFilter): Generator<RunTask> {
    for (const task of this.#lanes.tasks()) if (matchesFilter(task.run, filter)) yield task;
  }
}

function userFullReason({ maxPendingPerUser: count }: LaneLimits): string {
  const questions = count === 1 ? 'question' : 'questions';
  return `You already have ${count} ${questions} waiting. Please ask again when one is answered.`;
}
