import type { Lanes } from './lanes.ts';
import type { RunFilter, RunSummary } from './ports.ts';
import type { RunTask } from './run-task.ts';
import type { Run } from './run.ts';

/** The runs in the lanes that a filter means, in the order in which they came. */
export function* matchingTasks(lanes: Lanes<RunTask>, filter: RunFilter): Generator<RunTask> {
  for (const task of lanes.tasks()) if (matches(task.run, filter)) yield task;
}

/** As people see them. */
export function listRuns(lanes: Lanes<RunTask>, filter: RunFilter): RunSummary[] {
  const positions = new Map<string, number>();
  lanes.forEachPending((task, position) => positions.set(task.id, position));
  return [...matchingTasks(lanes, filter)].map(({ run }) => toSummary(run, positions.get(run.id)));
}

/** The runs of the same person in the same conversation. */
export function toSameTalk({ conversationId, requester }: Run): RunFilter {
  return { conversationId, userId: requester.id };
}

/** The run under way that a question can join or interrupt. */
export function findRunning(lanes: Lanes<RunTask>, run: Run): RunTask | undefined {
  for (const task of matchingTasks(lanes, toSameTalk(run))) {
    if (lanes.hasStarted(task) && !task.isDelivering) return task;
  }
  return undefined;
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

/** `position`: undefined for a run that is at work. */
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

/** Tells those who wait their place in the queue, again and again while anybody waits. */
export class PlaceAnnouncer {
  readonly #lanes: Lanes<RunTask>;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(lanes: Lanes<RunTask>, intervalMs: number) {
    this.#lanes = lanes;
    this.#intervalMs = intervalMs;
  }

  /** The task that came last has to wait. */
  announce(task: RunTask): void {
    task.reply.waiting(this.#lanes.pending);
    this.#timer ??= setInterval(() => {
      this.#tellAll();
    }, this.#intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tellAll(): void {
    this.#lanes.forEachPending((task, position) => {
      // What joins the answer under way is in no line.
      if (!task.isJoining) task.reply.waiting(position);
    });
    if (this.#lanes.pending === 0) this.stop();
  }
}
