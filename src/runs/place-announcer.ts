import type { Lanes } from './lanes.ts';
import type { RunTask } from './run-task.ts';

/** Tells those who wait their place in the queue, again and again while anybody waits. */
export class PlaceAnnouncer {
  readonly #lanes: Pick<Lanes<RunTask>, 'pending' | 'forEachPending'>;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(lanes: Pick<Lanes<RunTask>, 'pending' | 'forEachPending'>, intervalMs: number) {
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
