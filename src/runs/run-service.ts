import { ANSWER_WINDOW_MS, toRemainingMs } from './answer-window.ts';
import type { Answer, Answers } from './answers.ts';
import { executeRun, type RunPause, type RunPorts } from './execute-run.ts';
import { Lanes, type LaneLimits } from './lanes.ts';
import { createOutageNotices } from './outage-notices.ts';
import { RunEdited, RunStopped, RunSuspended } from './outcome.ts';
import type { Overload } from './overload.ts';
import { createOwnedWork, settlesWithin } from './owned-work.ts';
import type { Admission, ReplyFactory, RunFilter, Runs, RunSummary, StoppedBy } from './ports.ts';
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

/** How often processes that die take up a run again before it is given up. */
const MAX_ATTEMPTS = 3;

const TOO_MANY_ATTEMPTS: RunEnding = {
  outcome: {
    kind: 'failed',
    text: '',
    notice: 'I was restarted too often while I worked on this. Please ask again.',
  },
  turn: null,
};

const FULL_REASON = 'Too many questions are waiting just now. Please try again in a minute.';

/** It is answered with the run that it joined. */
const JOINED: RunEnding = { outcome: { kind: 'answered', text: '' }, turn: null };

/** How long after it was asked an answer follows the edits of its question. */
const EDITABLE_MS = 15 * 60_000;

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
  readonly #outageNotices = createOutageNotices();
  readonly #owned;
  readonly #settlement: Settlement;
  #positionTimer: NodeJS.Timeout | undefined;
  /** What this process took before it went on with what an earlier one left. */
  #taken: Set<string> | undefined = new Set();
  #isDraining = false;
  /** What has not started is left to the next process. */
  #isSuspending = false;

  constructor(options: RunServiceOptions) {
    this.#options = options;
    this.#owned = createOwnedWork(options.log);
    this.#settlement = createSettlement({ ...options, owned: this.#owned });
    this.#lanes = new Lanes(options.limits, (task, leavePlace) => this.#work(task, leavePlace));
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
    if (this.#isDraining) return this.#refuse(run, 'I am about to restart. Please ask again in a minute.');
    const overloaded = this.#options.overload?.reason();
    if (overloaded !== undefined) return this.#refuse(run, overloaded);
    const running = whileRunning === 'queue' ? undefined : this.#runningOf(run);
    // Files have to be read first, which no step waits for: such a question takes its turn.
    if (running && whileRunning === 'steer' && !hasFiles(run)) {
      // In its place before the claim is awaited, so that what joins keeps its order.
      running.steering.push(run);
      this.#taken?.add(run.id);
      if (await this.#claim(run)) return { kind: 'steered', runId: running.id };
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

  async edit(candidate: Run): Promise<boolean> {
    const run = runSchema.parse(candidate);
    const task = this.#lanes.get(run.id);
    if (task && !task.isDelivering) {
      // Only what is asked may change: the run keeps its place in the lanes and in the thread opened for it.
      task.run = { ...task.run, prompt: run.prompt };
      this.#owned.add(this.#options.store.update(task.run), 'an edit could not be written down');
      if (this.#lanes.hasStarted(task)) task.controller.abort(new RunEdited());
      return true;
    }
    await task?.ended;
    const answer = await this.#options.answers.find(run.id);
    if (!answer || Date.now() - answer.run.createdAt > EDITABLE_MS) return false;
    await this.#replace(answer, { ...answer.run, prompt: run.prompt, createdAt: Date.now() });
    return true;
  }

  async forget(runId: string): Promise<boolean> {
    const task = this.#lanes.get(runId);
    if (task) {
      this.#stop(task, 'deleted');
      await task.ended;
    }
    if (this.#settlement.drop(runId)) return true;
    const answer = await this.#options.answers.find(runId);
    if (!answer) return task !== undefined;
    this.#options.answers.drop(runId);
    await Promise.all([
      this.#options.replies.remove(answer.run, answer.messageIds),
      this.#options.conversations.removeTurn(answer.run.conversationId, runId, Date.now()),
    ]);
    return true;
  }

  async retry(
    runId: string,
    { id, createdAt, origin }: Parameters<Runs['retry']>[1],
  ): Promise<Admission | undefined> {
    const answer = await this.#options.answers.find(runId);
    if (!answer || this.#lanes.get(runId)) return undefined;
    // Messages of another interaction cannot be edited: a new origin means new messages.
    const messageIds = origin ? [] : answer.messageIds;
    return this.#replace(answer, { ...answer.run, id, createdAt, ...(origin && { origin }) }, messageIds);
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
      Promise.all([this.#lanes.idle(), this.#owned.settled(), answers.flush()]),
      deliveryMs,
    );
    if (!isDone) log.error({ runs: this.list().length }, 'not every outcome could be shown in time');
    clearInterval(this.#positionTimer);
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
        this.#owned.add(this.#sayRefusal(run, ending.refusal), 'a refusal could not be sent');
      } else if (ending && one.isDelivered) this.#settlement.remembered(run, ending, one.messageIds);
      else this.#place(one.run, Promise.resolve(true), { left: one, force: true });
    }
    if (left.length > 0) this.#options.log.info({ runs: left.length }, 'went on with what was left');
  }

  async #enqueue(run: Run, { isAgain = false } = {}): Promise<Admission> {
    this.#taken?.add(run.id);
    const claim = Promise.withResolvers<boolean>();
    const admission = this.#place(run, claim.promise, { isAgain });
    if (admission.kind !== 'admitted') return admission;
    // The place in the lanes is taken at once and the work waits for the claim, so order is that of the calls.
    const isNew = await this.#claim(run, isAgain);
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
    const { limits, replies, store, positionIntervalMs = 5_000 } = this.#options;
    const { answerWindowMs = ANSWER_WINDOW_MS } = this.#options;
    const onShown = (messageIds: readonly string[]): void => {
      this.#owned.add(store.saveReceipt(run.id, messageIds), 'a receipt could not be written down');
    };
    const reply = replies.open(run, { onShown, ...(left && { standing: left.messageIds }) });
    const task = new RunTask(run, reply, claim, left);
    const admission = this.#lanes.submit(task, { force });
    if (admission === 'user-full') return this.#refuse(run, userFullReason(limits), isAgain);
    if (admission === 'full') return this.#refuse(run, FULL_REASON, isAgain);
    if (admission === 'pending') {
      reply.waiting(this.#lanes.pending);
      this.#positionTimer ??= setInterval(() => {
        this.#tellPositions();
      }, positionIntervalMs).unref();
    }
    const remainingMs = toRemainingMs(run, answerWindowMs);
    if (remainingMs !== undefined) {
      task.expireIn(remainingMs, () => {
        if (!task.isDelivering) this.#stop(task, 'expired');
      });
    }
    return { kind: 'admitted', isPending: admission === 'pending' };
  }

  /** Whether the run is new; a store that is out of reach makes it so, at the risk of answering twice. */
  async #claim(run: Run, isAgain = false): Promise<boolean> {
    try {
      return await this.#options.store.admit(run, { isAgain });
    } catch (error) {
      this.#options.log.warn({ err: error, runId: run.id }, 'a run begins without being written down');
      return true;
    }
  }

  #refuse(run: Run, reason: string, isAgain = false): Admission {
    this.#options.observer.refused();
    this.#owned.add(this.#tellRefusal(run, reason, isAgain), 'a refusal could not be sent');
    return { kind: 'refused', reason };
  }

  /** A refusal is an outcome as well: the message is claimed, so that it gets no other when it comes again. */
  async #tellRefusal(run: Run, reason: string, isAgain: boolean): Promise<void> {
    const { replies, store } = this.#options;
    if (isAgain) return replies.refuse(run, reason);
    if (!(await this.#claim(run))) return;
    const outcome = { kind: 'failed', text: '', notice: reason } as const;
    await store.end(run.id, { outcome, turn: null, refusal: reason });
    await this.#sayRefusal(run, reason);
  }

  /** The same again, after a crash, is seen once. */
  async #sayRefusal(run: Run, reason: string): Promise<void> {
    await this.#options.replies.refuse(run, reason);
    await this.#options.store.retire(run.id);
  }

  /** Never rejects. */
  async #work(task: RunTask, leavePlace: () => void): Promise<void> {
    const isNew = await task.claim;
    if (!isNew || this.#isSuspending) {
      this.#abandon(task);
      return;
    }
    if (task.ending) await this.#deliver(task, task.ending, leavePlace);
    else await this.#execute(task, leavePlace);
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

  /** Shows how a run ended, in its turn. */
  async #deliver(task: RunTask, ending: RunEnding, leavePlace: () => void): Promise<void> {
    task.isDelivering = true;
    leavePlace();
    this.#settlement.delivered(task.run, ending, await task.reply.finish(ending.outcome));
  }

  async #execute(task: RunTask, leavePlace: () => void): Promise<void> {
    const { store } = this.#options;
    if (task.attempts !== undefined) {
      if (task.attempts >= MAX_ATTEMPTS) {
        await store.end(task.id, TOO_MANY_ATTEMPTS);
        return this.#deliver(task, TOO_MANY_ATTEMPTS, leavePlace);
      }
      await store.begin(task.id);
    }
    const begin = (): Promise<RunPause | 'ended'> =>
      executeRun(task.run, this.#options, {
        reply: task.reply,
        store,
        finishedSteps: task.finishedSteps,
        signal: task.controller.signal,
        outageNotices: this.#outageNotices,
        takeSteering: () => task.takeSteering(),
        retireJoined: () => {
          for (const { id } of task.joined.splice(0)) {
            this.#owned.add(store.end(id, JOINED), 'a run stays');
            this.#owned.add(store.retire(id), 'a run stays');
          }
        },
        onAgentEnd: () => {
          task.isDelivering = true;
          leavePlace();
        },
        onDelivered: (ending, delivery) => {
          this.#settlement.delivered(task.run, ending, delivery);
        },
      });
    let end = await begin();
    for (; end === 'edited'; end = await begin()) {
      task.renewController();
      task.finishedSteps = [];
      await this.#claim(task.run, true);
      task.reply.restart(task.run);
    }
    if (end === 'suspended') task.reply.suspend();
  }

  async #replace(answer: Answer, by: Run, messageIds = answer.messageIds): Promise<Admission> {
    const { answers, conversations } = this.#options;
    const { run } = answer;
    answers.drop(run.id);
    await conversations.removeTurn(run.conversationId, run.id, by.createdAt - 1);
    const replaces = { runId: run.id, messageIds: [...messageIds] };
    const admission = await this.#enqueue({ ...by, replaces }, { isAgain: by.id === run.id });
    // The answer still stands there, and so do its buttons.
    if (admission.kind === 'refused') answers.keep(answer);
    return admission;
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

  #tellPositions(): void {
    this.#lanes.forEachPending((task, position) => {
      task.reply.waiting(position);
    });
    if (this.#lanes.pending > 0) return;
    clearInterval(this.#positionTimer);
    this.#positionTimer = undefined;
  }
}

function userFullReason({ maxPendingPerUser: count }: LaneLimits): string {
  const questions = count === 1 ? 'question' : 'questions';
  return `You already have ${count} ${questions} waiting. Please ask again when one is answered.`;
}
