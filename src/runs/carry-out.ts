import { executeRun, type RunPause, type RunPorts } from './execute-run.ts';
import { createOutageNotices } from './outage-notices.ts';
import { RunStopped } from './outcome.ts';
import type { RunEnding, RunStore } from './run-store.ts';
import type { RunTask } from './run-task.ts';
import type { Settlement } from './settle.ts';
import type { Steering } from './steering.ts';

export interface CarryOutOptions extends RunPorts {
  readonly store: RunStore;
  readonly settlement: Pick<Settlement, 'delivered'>;
  readonly steering: Pick<Steering, 'take' | 'release'>;
}

/** Its question went while its answer waited. */
const DELETED: RunEnding = { outcome: { kind: 'cancelled', text: '', by: 'deleted' }, turn: null };

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

/**
 * Brings a run whose turn it is to its end, from wherever an earlier process left it. `leavePlace` is called when
 * only delivery is left. Never rejects.
 */
export type CarryOut = (task: RunTask, leavePlace: () => void) => Promise<void>;

export function createCarryOut(options: CarryOutOptions): CarryOut {
  const { store, settlement, steering } = options;
  const outageNotices = createOutageNotices();

  /** Shows how a run ended, in its turn. */
  const deliver = async (task: RunTask, ending: RunEnding, leavePlace: () => void): Promise<void> => {
    task.isDelivering = true;
    leavePlace();
    settlement.delivered(task.run, ending, await task.reply.finish(ending.outcome));
  };

  const execute = (task: RunTask, leavePlace: () => void): Promise<RunPause | 'ended'> =>
    executeRun(() => task.run, options, {
      reply: task.reply,
      store,
      claim: task.claim,
      finishedSteps: task.finishedSteps,
      signal: task.signal,
      outageNotices,
      takeJoining: () => steering.take(task),
      onAgentEnd: () => {
        task.isDelivering = true;
        if (isDeleted(task)) steering.release(task);
        leavePlace();
      },
      onDelivered: (ending, delivery) => {
        settlement.delivered(task.run, ending, delivery);
      },
    });

  return async (task, leavePlace) => {
    if (task.ending && isDeleted(task)) {
      steering.release(task);
      return deliver(task, DELETED, leavePlace);
    }
    if (task.ending) return deliver(task, task.ending, leavePlace);
    if (task.attempts !== undefined) {
      if (task.attempts >= MAX_ATTEMPTS) {
        await store.end(task.id, TOO_MANY_ATTEMPTS);
        return deliver(task, TOO_MANY_ATTEMPTS, leavePlace);
      }
      await store.begin(task.id);
    }
    let end = await execute(task, leavePlace);
    for (; end === 'edited'; end = await execute(task, leavePlace)) {
      task.beginAgain();
      task.reply.restart(task.run);
    }
    if (end === 'suspended') task.reply.suspend();
  };
}

function isDeleted({ halted }: RunTask): boolean {
  return halted instanceof RunStopped && halted.by === 'deleted';
}
