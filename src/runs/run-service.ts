import type { Answers } from './answers.ts';
import { executeRun, type RunPorts } from './execute-run.ts';
import { Lanes, type LaneLimits, type LaneTask } from './lanes.ts';
import { createOutageNotices } from './outage-notices.ts';
import { RunEdited, RunStopped } from './outcome.ts';
import type {
  Admission,
  Delivery,
  Reply,
  ReplyFactory,
  RunFilter,
  RunOutcome,
  Runs,
  RunSummary,
  StoppedBy,
} from './ports.ts';
import { createOwnedWork, settlesWithin } from './owned-work.ts';
import { runSchema, type Run } from './run.ts';

export interface RunServiceOptions extends RunPorts {
  readonly limits: LaneLimits;
  readonly replies: ReplyFactory;
  readonly answers: Answers;
  /** How often those who wait are told their place, ms. */
  readonly positionIntervalMs?: number;
}

export interface RunService extends Runs {
  readonly active: number;
  readonly pending: number;
  /**
   * Lets the runs end by themselves for at most `graceMs`, then stops what is left and gives it `deliveryMs` to
   * say so. What is submitted from now on is refused.
   */
  drain(graceMs: number, deliveryMs: number): Promise<void>;
}

/** How long after it was asked an answer follows the edits of its question. */
const EDITABLE_MS = 15 * 60_000;

/** A run in the lanes. */
class RunTask implements LaneTask {
  run: Run;
  readonly reply: Reply;
  /** One for each beginning. */
  controller = new AbortController();
  /** Only delivery is left. */
  isDelivering = false;
  /** Questions that join before the next step. */
  readonly steering: Run[] = [];
  readonly #ended = Promise.withResolvers<undefined>();

  constructor(run: Run, reply: Reply) {
    this.run = run;
    this.reply = reply;
  }

  get id(): string {
    return this.run.id;
  }

  get key(): string {
    return this.run.conversationId;
  }

  get userId(): string {
    return this.run.requester.id;
  }

  get ended(): Promise<undefined> {
    return this.#ended.promise;
  }

  end(): void {
    this.#ended.resolve(undefined);
  }

  takeSteering(): readonly Run[] {
    return this.steering.splice(0);
  }
}

/** Takes runs in, gives each its turn in the fair lanes, and brings each to exactly one outcome. */
export function createRunService(options: RunServiceOptions): RunService {
  return new Service(options);
}

class Service implements RunService {
  readonly #options: RunServiceOptions;
  readonly #lanes: Lanes<RunTask>;
  readonly #outageNotices = createOutageNotices();
  readonly #owned;
  #positionTimer: NodeJS.Timeout | undefined;
  #isDraining = false;

  constructor(options: RunServiceOptions) {
    this.#options = options;
    this.#owned = createOwnedWork(options.log);
    this.#lanes = new Lanes(options.limits, (task, leavePlace) => this.#work(task, leavePlace));
  }

  get active(): number {
    return this.#lanes.active;
  }

  get pending(): number {
    return this.#lanes.pending;
  }

  submit(candidate: Run, { whileRunning = 'queue' }: Parameters<Runs['submit']>[1] = {}): Admission {
    const run = runSchema.parse(candidate);
    if (this.#lanes.get(run.id)) return { kind: 'duplicate' };
    if (this.#isDraining) return this.#refuse(run, 'I am about to restart. Please ask again in a minute.');
    const running = whileRunning === 'queue' ? undefined : this.#runningOf(run);
    if (running && whileRunning === 'steer') {
      running.steering.push(run);
      return { kind: 'steered', runId: running.id };
    }
    if (running && whileRunning === 'interrupt') {
      for (const task of this.#matching(toSameTalk(run))) this.#stop(task, 'interrupted');
    }
    return this.#enqueue(run);
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
      task.run = { ...run, replaces: task.run.replaces, createdAt: task.run.createdAt };
      if (this.#lanes.hasStarted(task)) task.controller.abort(new RunEdited());
      return true;
    }
    await task?.ended;
    const answer = await this.#options.answers.find(run.id);
    if (!answer || Date.now() - answer.run.createdAt > EDITABLE_MS) return false;
    return (await this.#replace(answer, { ...run, createdAt: Date.now() })) !== undefined;
  }

  async forget(runId: string): Promise<boolean> {
    const task = this.#lanes.get(runId);
    if (task) {
      this.#stop(task, 'deleted');
      await task.ended;
    }
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
    const run = { ...answer.run, id, createdAt, ...(origin && { origin }) };
    return this.#replace(answer, run);
  }

  async find(runId: string): Promise<Run | undefined> {
    return this.#lanes.get(runId)?.run ?? (await this.#options.answers.find(runId))?.run;
  }

  async drain(graceMs: number, deliveryMs: number): Promise<void> {
    const { log, answers } = this.#options;
    this.#isDraining = true;
    if (!(await settlesWithin(this.#lanes.idle(), graceMs))) {
      const { active, pending } = this;
      log.warn({ active, pending }, 'the grace period is over: stopping runs');
      this.stop({}, 'shutdown');
    }
    const isDone = await settlesWithin(
      Promise.all([this.#lanes.idle(), this.#owned.settled(), answers.flush()]),
      deliveryMs,
    );
    if (!isDone) log.error({ runs: this.list().length }, 'not every outcome could be shown in time');
    clearInterval(this.#positionTimer);
  }

  #enqueue(run: Run): Admission {
    const { limits, replies, positionIntervalMs = 5_000 } = this.#options;
    const task = new RunTask(run, replies.open(run));
    const admission = this.#lanes.submit(task);
    if (admission === 'user-full') return this.#refuse(run, userFullReason(limits));
    if (admission === 'full') {
      return this.#refuse(run, 'Too many questions are waiting just now. Please try again in a minute.');
    }
    if (admission === 'pending') {
      task.reply.waiting(this.#lanes.pending);
      this.#positionTimer ??= setInterval(() => {
        this.#tellPositions();
      }, positionIntervalMs).unref();
    }
    return { kind: 'admitted', isPending: admission === 'pending' };
  }

  #refuse(run: Run, reason: string): Admission {
    this.#options.observer.refused();
    this.#owned.add(this.#options.replies.refuse(run, reason), 'a refusal could not be sent');
    return { kind: 'refused', reason };
  }

  /** Never rejects. */
  async #work(task: RunTask, leavePlace: () => void): Promise<void> {
    let end: 'ended' | 'edited';
    do {
      end = await executeRun(task.run, this.#options, {
        reply: task.reply,
        signal: task.controller.signal,
        outageNotices: this.#outageNotices,
        takeSteering: () => task.takeSteering(),
        onAgentEnd: () => {
          task.isDelivering = true;
          leavePlace();
        },
        onDelivered: (outcome, delivery) => {
          this.#keep(task.run, outcome, delivery);
        },
      });
      if (end === 'edited') {
        task.controller = new AbortController();
        task.reply.restart(task.run);
      }
    } while (end === 'edited');
    task.end();
    // What came too late for another step is a question of its own.
    for (const run of task.takeSteering()) this.#enqueue(run);
  }

  #keep(run: Run, outcome: RunOutcome, { messageIds }: Delivery): void {
    const isGone = outcome.kind === 'cancelled' && outcome.by === 'deleted';
    if (!isGone && messageIds.length > 0) this.#options.answers.keep({ run, messageIds });
  }

  async #replace(
    { run, messageIds }: { run: Run; messageIds: readonly string[] },
    by: Run,
  ): Promise<Admission> {
    const { answers, conversations } = this.#options;
    answers.drop(run.id);
    await conversations.removeTurn(run.conversationId, run.id, by.createdAt - 1);
    return this.#enqueue({ ...by, replaces: { runId: run.id, messageIds: [...messageIds] } });
  }

  #stop(task: RunTask, by: StoppedBy): void {
    // The signal is set first, so that a task that starts in the same moment sees it.
    task.controller.abort(new RunStopped(by));
    if (!this.#lanes.remove(task.id)) return;
    const outcome = { kind: 'cancelled', text: '', by } as const;
    const shown = task.reply.finish(outcome).then(() => {
      task.end();
    });
    this.#owned.add(shown, 'a stop could not be shown');
  }

  #runningOf(run: Run): RunTask | undefined {
    for (const task of this.#matching(toSameTalk(run))) {
      if (this.#lanes.hasStarted(task) && !task.isDelivering) return task;
    }
    return undefined;
  }

  *#matching(filter: RunFilter): Generator<RunTask> {
    for (const task of this.#lanes.tasks()) if (matches(task.run, filter)) yield task;
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

/** The runs of the same person in the same conversation. */
function toSameTalk({ conversationId, requester }: Run): RunFilter {
  return { conversationId, userId: requester.id };
}

function userFullReason({ maxPendingPerUser: count }: LaneLimits): string {
  const questions = count === 1 ? 'question' : 'questions';
  return `You already have ${count} ${questions} waiting. Please ask again when one is answered.`;
}

function matches(run: Run, filter: RunFilter): boolean {
  return (
    (filter.runId === undefined || run.id === filter.runId) &&
    (filter.userId === undefined || run.requester.id === filter.userId) &&
    (filter.channelId === undefined || run.channelId === filter.channelId) &&
    (filter.guildId === undefined || run.guildId === filter.guildId) &&
    (filter.conversationId === undefined || run.conversationId === filter.conversationId)
  );
}

function toSummary(run: Run, position: number | undefined): RunSummary {
  return {
    id: run.id,
    state: position === undefined ? 'active' : 'waiting',
    userId: run.requester.id,
    channelId: run.channelId,
    conversationId: run.conversationId,
    position: position ?? 0,
    since: run.createdAt,
  };
}
