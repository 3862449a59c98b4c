import { toOwnRun, withJoined } from './joined-questions.ts';
import type { Lanes } from './lanes.ts';
import type { BackgroundWork } from '../lib/background-work.ts';
import type { Admission } from './ports.ts';
import type { Run } from './run.ts';
import type { RunStore } from './run-store.ts';
import type { RunTask } from './run-task.ts';

export interface SteeringOptions {
  readonly lanes: Pick<Lanes<RunTask>, 'waitingFor' | 'remove'>;
  readonly store: Pick<RunStore, 'update' | 'join'>;
  readonly owned: BackgroundWork;
  /** A run that was taken before is one of its own again, whatever the bounds. */
  readonly enqueueAgain: (run: Run) => Promise<Admission>;
}

/**
 * Questions that steer a run under way. Each waits in the lanes like any other, within the same bounds, until that run
 * takes it before its next step; where there is none, its turn comes as if nothing had been. From then on it is a part
 * of what the run asks, and is written down with it.
 */
export class Steering {
  readonly #options: SteeringOptions;
  /** Runs under way, by the questions that joined them. */
  readonly #hosts = new Map<string, RunTask>();

  constructor(options: SteeringOptions) {
    this.#options = options;
  }

  /** The run under way that a question joined. */
  hostOf(questionId: string): RunTask | undefined {
    return this.#hosts.get(questionId);
  }

  /** A run is in the lanes, with what joined it in an earlier process or before an earlier answer. */
  placed(host: RunTask): void {
    for (const { id } of host.run.joined ?? []) this.#hosts.set(id, host);
  }

  /** What waits to join a run, in its order. */
  waitingFor({ key, userId }: RunTask): RunTask[] {
    return [...this.#options.lanes.waitingFor(key)].filter((one) => one.isJoining && one.userId === userId);
  }

  /** Lets what waits to join the run do so, before its next step. */
  take(host: RunTask): readonly Run[] {
    const { lanes, store, owned } = this.#options;
    const joining = this.#toJoinNow(host);
    for (const one of joining) {
      lanes.remove(one.id);
      one.reply.suspend();
      one.end();
      this.#hosts.set(one.id, host);
      host.run = withJoined(host.run, one.run);
    }
    if (joining.length > 0) {
      const ids = joining.map(({ id }) => id);
      owned.add(store.join(host.run, ids), 'what joined a run could not be written down');
    }
    return [...host.takeUnasked(), ...joining.map(({ run }) => run)];
  }

  /** The question of the run is gone, but not those that joined it: each is on its own again. */
  release(host: RunTask): void {
    const { owned, store, enqueueAgain } = this.#options;
    const { joined = [] } = host.run;
    this.ended(host);
    host.run = { ...host.run, joined: [] };
    if (joined.length === 0) return;
    const again = joined.map((question) => enqueueAgain(toOwnRun(host.run, question)));
    // Not before they are durable by themselves.
    const alone = Promise.all(again).then(() => store.update(host.run));
    owned.add(alone, 'a question that had joined a run is lost');
  }

  ended(host: RunTask): void {
    for (const { id } of host.run.joined ?? []) if (this.#hosts.get(id) === host) this.#hosts.delete(id);
  }

  /** In the order in which they were asked, and none before it is durable. */
  #toJoinNow({ key, userId }: RunTask): RunTask[] {
    const joining: RunTask[] = [];
    for (const waiting of this.#options.lanes.waitingFor(key)) {
      if (waiting.userId !== userId) continue;
      if (!waiting.isJoining || !waiting.isClaimed) break;
      joining.push(waiting);
    }
    return joining;
  }
}
