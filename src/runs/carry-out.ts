import { executeRun, type RunPause, type RunPorts } from './execute-run.ts';
import { createOutageNotices } from './outage-notices.ts';
import type { OwnedWork } from './owned-work.ts';
import { recall, type RunMemory } from './recall.ts';
import type { RunEnding, RunStore } from './run-store.ts';
import type { RunTask } from './run-task.ts';
import type { Settlement } from './settle.ts';

export interface CarryOutOptions extends RunPorts {
  readonly store: RunStore;
  readonly settlement: Pick<Settlement, 'delivered'>;
  readonly owned: OwnedWork;
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

/** It is answered with the run that it joined. */
const JOINED: RunEnding = { outcome: { kind: 'answered', text: '' }, turn: null };

/**
 * Brings a run whose turn it is to its end, from wherever an earlier process left it. `leavePlace` is called when
 * only delivery is left; `recalled` is what `recall` gives, where it was asked before. Never rejects.
 */
export type CarryOut = (
  task: RunTask,
  leavePlace: () => void,
  recalled?: Promise<RunMemory | undefined>,
) => Promise<void>;

export function createCarryOut(options: CarryOutOptions): CarryOut {
  const { store, settlement, owned } = options;
  const outageNotices = createOutageNotices();

  /** Shows how a run ended, in its turn. */
  const deliver = async (task: RunTask, ending: RunEnding, leavePlace: () => void): Promise<void> => {
    task.isDelivering = true;
    leavePlace();
    settlement.delivered(task.run, ending, await task.reply.finish(ending.outcome));
  };

  const retireJoined = (task: RunTask): void => {
    for (const { id } of task.joined.splice(0)) {
      owned.add(store.end(id, JOINED), 'a run stays');
      owned.add(store.retire(id), 'a run stays');
    }
  };

  const execute: (...of: Parameters<CarryOut>) => Promise<RunPause | 'ended'> = (
    task,
    leavePlace,
    recalled,
  ) =>
    executeRun(task.run, options, {
      reply: task.reply,
      store,
      recalled: recalled ?? recall(task.run, options, task.controller.signal),
      finishedSteps: task.finishedSteps,
      signal: task.controller.signal,
      outageNotices,
      takeSteering: () => task.takeSteering(),
      retireJoined: () => {
        retireJoined(task);
      },
      onAgentEnd: () => {
        task.isDelivering = true;
        leavePlace();
      },
      onDelivered: (ending, delivery) => {
        settlement.delivered(task.run, ending, delivery);
      },
    });

  return async (task, leavePlace, recalled) => {
    if (task.ending) return deliver(task, task.ending, leavePlace);
    if (task.attempts !== undefined) {
      if (task.attempts >= MAX_ATTEMPTS) {
        await store.end(task.id, TOO_MANY_ATTEMPTS);
        return deliver(task, TOO_MANY_ATTEMPTS, leavePlace);
      }
      await store.begin(task.id);
    }
    let end = await execute(task, leavePlace, recalled);
    for (; end === 'edited'; end = await execute(task, leavePlace)) {
      task.renewController();
      task.reply.restart(task.run);
    }
    if (end === 'suspended') task.reply.suspend();
  };
}
