import { executeRun, type RunPorts } from './execute-run.ts';
import { Lanes, type LaneLimits, type LaneTask } from './lanes.ts';
import { createOutageNotices } from './outage-notices.ts';
import { RunStopped } from './outcome.ts';
import type { Admission, Reply, ReplyFactory, RunFilter, Runs, RunSummary } from './ports.ts';
import { runSchema, type Run } from './run.ts';

export interface RunServiceOptions extends RunPorts {
  readonly limits: LaneLimits;
  readonly replies: ReplyFactory;
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

interface RunTask extends LaneTask {
  readonly run: Run;
  readonly reply: Reply;
  readonly controller: AbortController;
}

/** Takes runs in, gives each its turn in the fair lanes, and brings each to exactly one outcome. */
export function createRunService(options: RunServiceOptions): RunService {
  const { limits, replies, log, positionIntervalMs = 5_000 } = options;
  const outageNotices = createOutageNotices();
  const closing = new Set<Promise<unknown>>();
  let isDraining = false;

  const lanes = new Lanes<RunTask>(limits, (task, leavePlace) =>
    executeRun(task.run, options, {
      reply: task.reply,
      signal: task.controller.signal,
      outageNotices,
      onAgentEnd: leavePlace,
    }),
  );

  /** Keeps a promise that nobody waits for until it ends, and its error out of the void. */
  const own = (work: Promise<unknown>, what: string): void => {
    const settled = work.catch((error: unknown) => {
      log.error({ err: error }, what);
    });
    closing.add(settled);
    settled.finally(() => closing.delete(settled)).catch(() => undefined);
  };

  const refuse = (run: Run, reason: string): Admission => {
    options.observer.refused();
    own(replies.refuse(run, reason), 'a refusal could not be sent');
    return { kind: 'refused', reason };
  };

  const tellPositions = (): void => {
    lanes.forEachPending((task, position) => {
      task.reply.waiting(position);
    });
    if (lanes.pending === 0) stopTelling();
  };
  let positionTimer: NodeJS.Timeout | undefined;
  const stopTelling = (): void => {
    clearInterval(positionTimer);
    positionTimer = undefined;
  };

  const stopTask = (task: RunTask, reason: RunStopped): void => {
    // The signal is set first, so that a task that starts in the same moment sees it.
    task.controller.abort(reason);
    if (lanes.remove(task.id)) {
      own(task.reply.finish({ kind: 'cancelled', text: '', by: reason.by }), 'a stop could not be shown');
    }
  };

  const matching = function* (filter: RunFilter): Generator<RunTask> {
    for (const task of lanes.tasks()) if (matches(task.run, filter)) yield task;
  };

  return {
    get active() {
      return lanes.active;
    },
    get pending() {
      return lanes.pending;
    },
    submit(candidate) {
      const run = runSchema.parse(candidate);
      if (lanes.get(run.id)) return { kind: 'duplicate' };
      if (isDraining) return refuse(run, 'I am about to restart. Please ask again in a minute.');
      const reply = replies.open(run);
      const controller = new AbortController();
      const task = { id: run.id, key: run.conversationId, userId: run.requester.id, run, reply, controller };
      const admission = lanes.submit(task);
      if (admission === 'user-full') return refuse(run, userFullReason(limits));
      if (admission === 'full') {
        return refuse(run, 'Too many questions are waiting just now. Please try again in a minute.');
      }
      if (admission === 'pending') {
        reply.waiting(lanes.pending);
        positionTimer ??= setInterval(tellPositions, positionIntervalMs).unref();
      }
      return { kind: 'admitted' };
    },
    stop(filter, by) {
      const tasks = [...matching(filter)];
      for (const task of tasks) stopTask(task, new RunStopped(by));
      return tasks.length;
    },
    list(filter = {}) {
      const positions = new Map<string, number>();
      lanes.forEachPending((task, position) => positions.set(task.id, position));
      return [...matching(filter)].map(({ run }): RunSummary => toSummary(run, positions.get(run.id)));
    },
    async drain(graceMs, deliveryMs) {
      isDraining = true;
      if (!(await settlesWithin(lanes.idle(), graceMs))) {
        log.warn({ active: lanes.active, pending: lanes.pending }, 'the grace period is over: stopping runs');
        for (const task of [...lanes.tasks()]) stopTask(task, new RunStopped('shutdown'));
      }
      const isDone = await settlesWithin(Promise.all([lanes.idle(), ...closing]), deliveryMs);
      if (!isDone) log.error({ runs: [...lanes.tasks()].length }, 'not every outcome could be shown in time');
      stopTelling();
    },
  };
}

/** Whether the work, which must not reject, ends in time. */
async function settlesWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = Promise.withResolvers<boolean>();
  const timeout = setTimeout(() => {
    timer.resolve(false);
  }, timeoutMs);
  try {
    return await Promise.race([work.then(() => true), timer.promise]);
  } finally {
    clearTimeout(timeout);
  }
}

function userFullReason(limits: LaneLimits): string {
  const count = limits.maxPendingPerUser;
  return `You already have ${count} ${count === 1 ? 'question' : 'questions'} waiting. Please ask again when one is answered.`;
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
