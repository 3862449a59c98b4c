import { ANSWER_WINDOW_MS, toRemainingMs } from './answer-window.ts';
import { Lanes, type LaneLimits } from './lanes.ts';
import { RunStopped, RunSuspended } from './outcome.ts';
import type { Overload } from './overload.ts';
import { settlesWithin } from '../lib/abort.ts';
import { createBackgroundWork } from '../lib/background-work.ts';
import type { Admission, RunAgain, RunFilter, Runs, RunSummary, StoppedBy } from './ports.ts';
import { createOwedWrites, type OwedWrites } from './owed-writes.ts';
import { CLOSED_REASON, createRefusals, FULL_REASON, toUserFullReason, type Refusals } from './refusals.ts';
import { RunChanges } from './run-changes.ts';
import { runSchema, type Run } from './run.ts';
import type { StoredRun } from './run-store.ts';
import { hasFiles } from './run-attachments.ts';
import { isGone, RunLife, type RunLifePorts } from './run-life.ts';
import { findRunning, listRuns, matchingTasks, PlaceAnnouncer, toSameTalk } from './run-list.ts';
import { RunTask } from './run-task.ts';
import { Steering } from './steering.ts';
import { UndeliveredAnswers } from './undelivered-answers.ts';

export interface RunServiceOptions extends RunLifePorts {
  readonly limits: LaneLimits;
  /** Whether more than what is here can be taken just now. */
  readonly overload: Pick<Overload, 'reason'>;
  /** Before each new try to deliver an answer that Discord could not take, ms. */
  readonly redeliveryDelaysMs?: readonly number[];
  /** Before each new try to tell a refusal, ms. */
  readonly refusalDelaysMs?: readonly number[];
  /** How long answers may take that Discord takes by an interaction's token alone, ms (14 minutes). */
  readonly answerWindowMs?: number;
  /** How often those who wait are told their place, ms. */
  readonly positionIntervalMs?: number;
}

interface PlaceOptions {
  /** Where an earlier process left it. */
  readonly left?: StoredRun;
  /** Whatever the bounds. */
  readonly force?: boolean;
  /** The question was taken before. */
  readonly isAgain?: boolean;
  /** It joins the run under way in its conversation, if that comes to another step. */
  readonly isJoining?: boolean;
  /** What is known to stand of its answer. */
  readonly standing?: readonly string[] | undefined;
}

/** Takes runs in, gives each its turn in the fair lanes, and brings each to exactly one outcome. */
export class RunService implements Runs {
  readonly #options: RunServiceOptions;
  readonly #lanes: Lanes<RunTask>;
  readonly #owned;
  readonly #undelivered: UndeliveredAnswers;
  readonly #refusals: Refusals;
  readonly #steering: Steering;
  readonly #changes: RunChanges;
  readonly #life: RunLife;
  readonly #owedChanges: OwedWrites;
  readonly #places: PlaceAnnouncer;
  /** What this process took before it went on with what an earlier one left. */
  #taken: Set<string> | undefined = new Set();
  #isDraining = false;

  constructor(options: RunServiceOptions) {
    this.#options = options;
    this.#owned = createBackgroundWork(options.log);
    const owning = { ...options, owned: this.#owned };
    this.#undelivered = new UndeliveredAnswers(options);
    this.#refusals = createRefusals(owning);
    this.#lanes = new Lanes(options.limits, (task, leavePlace) => this.#life.live(task, leavePlace));
    this.#places = new PlaceAnnouncer(this.#lanes, options.positionIntervalMs ?? 5_000);
    this.#owedChanges = createOwedWrites({ log: options.log, maxDelayMs: 1_000 });
    this.#steering = new Steering({
      ...owning,
      lanes: this.#lanes,
      enqueueAgain: (run) => this.#enqueue(run, { isAgain: true, force: true }),
    });
    this.#changes = new RunChanges({
      ...owning,
      undelivered: this.#undelivered,
      owedChanges: this.#owedChanges,
      tasks: {
        get: (runId) => this.#lanes.get(runId),
        hostOf: (questionId) => this.#steering.hostOf(questionId),
        hasStarted: (task) => this.#lanes.hasStarted(task),
        stop: (task, by) => {
          this.#stop(task, by);
        },
        enqueueAgain: (run, standing) =>
          this.#enqueue(run, { isAgain: true, force: standing !== undefined, standing }),
      },
    });
    this.#life = new RunLife({
      ...owning,
      steering: this.#steering,
      undelivered: this.#undelivered,
      changes: this.#changes,
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
    const { overload, quota, doors } = this.#options;
    if (doors.isClosed(run)) return this.#refusals.refuse(run, CLOSED_REASON);
    const refusal = overload.reason() ?? quota?.reason(run.requester.id, this.pending);
    if (refusal !== undefined) return this.#refusals.refuse(run, refusal);
    const running = whileRunning === 'queue' ? undefined : findRunning(this.#lanes, run);
    if (!running) return this.#enqueue(run);
    if (whileRunning === 'interrupt') return this.#interrupt(run);
    // Files have to be read first, which no step waits for: such a question takes its turn.
    if (hasFiles(run)) return this.#enqueue(run);
    const admission = await this.#enqueue(run, { isJoining: true });
    return admission.kind === 'admitted' ? { kind: 'steered', runId: running.id } : admission;
  }

  stop(filter: RunFilter, by: StoppedBy): number {
    const tasks = [...matchingTasks(this.#lanes, filter)];
    for (const task of tasks) this.#stop(task, by);
    return tasks.length;
  }

  list(filter: RunFilter = {}): RunSummary[] {
    return listRuns(this.#lanes, filter);
  }

  edit(run: Run, editedAt: number): Promise<boolean> {
    return this.#changes.edit(run, editedAt);
  }

  forget(runId: string): Promise<boolean> {
    return this.#changes.forget(runId);
  }

  withdraw(questionId: string): Promise<boolean> {
    return this.#changes.withdraw(questionId);
  }

  retry(runId: string, again: RunAgain): Promise<Admission | undefined> {
    return this.#changes.retry(runId, again);
  }

  async find(runId: string): Promise<Run | undefined> {
    return this.#lanes.get(runId)?.run ?? (await this.#options.answers.find(runId))?.run;
  }

  /** Goes on with what an earlier process left: unfinished runs, undelivered answers, unwritten memory. */
  async resume(): Promise<void> {
    const stored = await this.#options.store.list();
    const taken = this.#taken;
    this.#taken = undefined;
    const left = stored.filter(({ run }) => !taken?.has(run.id));
    const hosts = new Map(left.flatMap(({ run, ending }) => (ending && isGone(ending) ? [] : toHosted(run))));
    // All at once, so that each keeps its place before what is asked from now on.
    for (const one of left) this.#goOn(one, hosts.get(one.run.id));
    if (left.length > 0) this.#options.log.info({ runs: left.length }, 'went on with what was left');
  }

  /** `host`: the process ended in the moment in which the question joined that run. */
  #goOn(left: StoredRun, host: Run | undefined): void {
    const { run, ending, isDelivered, messageIds } = left;
    if (ending?.refusal !== undefined) {
      this.#refusals.tellAgain(run, ending.refusal);
    } else if (ending && isDelivered) {
      const retired = this.#life.retire({ run, ending, messageIds });
      this.#owned.add(retired, 'the run is kept until its memory is written');
    } else if (host) {
      this.#owned.add(this.#options.store.join(host, [run.id]), 'a question that joined a run stays');
    } else {
      if (run.replaces && !ending) this.#changes.removeEarlierTurn(run);
      this.#place(run, Promise.resolve(true), { left, force: true });
    }
  }

  /**
   * Lets the runs under way end by themselves for at most `graceMs`. What is left then, or has not started, goes on
   * in the next process where the store is durable; else it is stopped and has `deliveryMs` to say so. What is
   * submitted from now on is refused.
   */
  async drain(graceMs: number, deliveryMs: number): Promise<void> {
    const { log, answers, store } = this.#options;
    this.#isDraining = true;
    if (store.isDurable) this.#life.suspend();
    this.#undelivered.close();
    if (!(await settlesWithin(this.#lanes.idle(), graceMs))) {
      const { active, pending } = this;
      log.warn({ active, pending }, 'the grace period is over: stopping runs');
      if (store.isDurable) for (const task of this.#lanes.tasks()) task.halt(new RunSuspended());
      else this.stop({}, 'shutdown');
    }
    const isDone = await settlesWithin(
      Promise.all([this.#lanes.idle(), this.#owned.settled(), answers.flush()]).then(() =>
        Promise.all([store.flush(), this.#owedChanges.flush()]),
      ),
      deliveryMs,
    );
    if (!isDone) log.error({ runs: this.list().length }, 'not every outcome could be shown in time');
    this.#places.stop();
  }

  /** The new question takes the place of all that its author waits for in this conversation. */
  async #interrupt(run: Run): Promise<Admission> {
    const earlier = [...matchingTasks(this.#lanes, toSameTalk(run))];
    const admission = await this.#enqueue(run, { force: true });
    // Only for a question that is taken: one that comes twice must not stop what followed it.
    if (admission.kind !== 'admitted') return admission;
    for (const task of earlier) this.#stop(task, 'interrupted');
    return { ...admission, interrupts: true };
  }

  async #enqueue(run: Run, options: PlaceOptions = {}): Promise<Admission> {
    const { isAgain = false, force = false } = options;
    // Of what was taken before, nobody has asked yet; what must go on in any case is asked when the model is.
    const isWished = run.replaces !== null && !force;
    const refusal = isWished ? this.#options.quota?.reason(run.requester.id, this.pending) : undefined;
    if (refusal !== undefined) return this.#refusals.refuse(run, refusal, { isAgain });
    this.#taken?.add(run.id);
    const claim = Promise.withResolvers<boolean>();
    const admission = this.#place(run, claim.promise, options);
    if (admission.kind !== 'admitted') return admission;
    // The place in the lanes is taken at once and the work waits for the claim, so order is that of the calls.
    const isNew = await this.#options.store.admit(run, { isAgain });
    const task = this.#lanes.get(run.id);
    if (task) task.isClaimed = isNew;
    // Somebody else's, it ends here without a word, and holds nobody up.
    if (!isNew) task?.halt(new RunSuspended());
    claim.resolve(isNew);
    if (isNew) return admission;
    if (task && this.#lanes.remove(run.id)) {
      task.reply.suspend();
      this.#life.leave(task);
    }
    return { kind: 'duplicate' };
  }

  /** Takes a place in the lanes, without waiting for anything. */
  #place(
    run: Run,
    claim: Promise<boolean>,
    {
      left,
      force = false,
      isAgain = false,
      isJoining = false,
      standing = left?.messageIds,
    }: PlaceOptions = {},
  ): Admission {
    const { limits, replies, store, answerWindowMs = ANSWER_WINDOW_MS } = this.#options;
    const onShown = (messageIds: readonly string[]): void => {
      this.#owned.add(store.saveReceipt(run.id, messageIds), 'a receipt could not be written down');
    };
    const reply = replies.open(run, { onShown, ...(standing && { standing }) });
    const task = new RunTask(run, reply, claim, left);
    task.isJoining = isJoining;
    const admission = this.#lanes.submit(task, { force });
    if (admission === 'user-full' || admission === 'full') {
      // What it shows from now on is the refusal.
      reply.suspend();
      const reason = admission === 'full' ? FULL_REASON : toUserFullReason(limits);
      return this.#refusals.refuse(run, reason, { isAgain });
    }
    this.#steering.placed(task);
    if (admission === 'pending' && !isJoining) this.#places.announce(task);
    const remainingMs = toRemainingMs(run, answerWindowMs, this.#options.now());
    if (remainingMs !== undefined) {
      task.expireIn(remainingMs, () => {
        if (!task.isDelivering) this.#stop(task, 'expired');
      });
    }
    return { kind: 'admitted', isPending: admission === 'pending' };
  }

  #stop(task: RunTask, by: StoppedBy): void {
    // Set first, so that a task that starts in the same moment sees it.
    task.halt(new RunStopped(by));
    // What was said to a run that is stopped is not to be answered instead.
    const isWanted = by === 'deleted' || by === 'expired' || !this.#lanes.hasStarted(task);
    if (!isWanted) for (const joining of this.#steering.waitingFor(task)) this.#stop(joining, by);
    if (!this.#lanes.remove(task.id)) return;
    this.#owned.add(this.#life.endWaiting(task, by), 'a stop could not be shown');
  }
}

function toHosted(host: Run): [questionId: string, host: Run][] {
  return (host.joined ?? []).map(({ id }) => [id, host]);
}
