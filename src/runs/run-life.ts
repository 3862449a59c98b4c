/**
 * The life of a run. Its states are what stands in its row of the run store, so a process that dies leaves each of its
 * runs in one of them, and the next process goes on from there, by the same functions:
 *
 *     admitted → working ⇄ (step, step, …) → ended → delivered → retired
 *
 * - **admitted** (`store.admit`): the question is claimed, and waits for its turn in the lanes. The model may be asked
 *   while the claim is being written; nothing is shown and no tool acts before it is. A crash: the next process puts it
 *   in the lanes again and begins it, as far as anybody can see for the first time.
 * - **working** (`store.begin`, `saveStep`, `saveReceipt`): the agent takes its steps, and each finished one is written
 *   down, as are the messages that show them. A crash: finished steps are not made again; a tool call of which is not
 *   known whether it took effect is not made again either, and its person is told; the messages that stand are edited. A
 *   run that took several processes with it is given up.
 * - **ended** (`store.end`): the outcome is decided, and the turn that will be remembered. Only then is it shown. A
 *   crash: the same outcome is shown again, in the same messages, and the model is not asked.
 * - **delivered** (`store.markDelivered`): Discord has every part of it, or never will. A crash: nothing is shown; what
 *   may be missing in the memory is written.
 * - **retired** (`store.retire`): the turn is durable. The row is gone; its claim stays for a week, so that a message
 *   that comes twice is still one run.
 *
 * An edit leads from working back to admitted, with another question and no steps. A question that joined another run
 * is a part of that one's row.
 */
import { StoreUnavailableError, UnreadableRecordError } from '../errors.ts';
import type { BackgroundWork } from '../lib/background-work.ts';
import type { Turn } from '../memory/ports.ts';
import { askAgent, toLogFields, type Answered, type AnswerPorts } from './ask-agent.ts';
import type { Answers } from './answers.ts';
import { RunEdited, RunStopped, RunSuspended } from './outcome.ts';
import type { Delivery, MissedChange, ReplyFactory, Runs, StoppedBy } from './ports.ts';
import { MissingMemoryNotices } from './recall.ts';
import type { RunEnding, RunStore } from './run-store.ts';
import type { RunTask } from './run-task.ts';
import type { Run } from './run.ts';
import type { Steering } from './steering.ts';
import type { Undelivered, UndeliveredAnswers } from './undelivered-answers.ts';

export interface RunLifePorts extends AnswerPorts {
  readonly store: RunStore;
  readonly replies: ReplyFactory;
  readonly answers: Answers;
  /** What became of a run's questions while no process was here. */
  readonly missedChanges: (run: Run) => Promise<readonly MissedChange[]>;
}

/** A run whose answer stands, and what shows it. */
type Delivered = Pick<Undelivered, 'run' | 'ending' | 'messageIds'>;

export interface RunLifeOptions extends RunLifePorts {
  readonly steering: Steering;
  readonly undelivered: UndeliveredAnswers;
  readonly changes: Pick<Runs, 'edit' | 'forget'>;
  readonly owned: BackgroundWork;
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

/** Its question went while its answer waited. */
const DELETED: RunEnding = { outcome: { kind: 'cancelled', text: '', by: 'deleted' }, turn: null };

export class RunLife {
  readonly #ports: RunLifeOptions & { readonly missingMemory: MissingMemoryNotices };
  #isSuspending = false;

  constructor(options: RunLifeOptions) {
    this.#ports = { ...options, missingMemory: new MissingMemoryNotices() };
  }

  /**
   * Takes a run whose turn has come from the state in which it is to its end. `leavePlace` is called when only delivery
   * is left. Resolves when the next run of its conversation may begin; what is then left of this one goes on in the
   * background. Never rejects.
   */
  async live(task: RunTask, leavePlace: () => void): Promise<void> {
    await this.#followMissedChanges(task);
    if (this.#isSuspending) task.reply.suspend();
    else if (task.ending) await this.#end(task, isDeleted(task) ? DELETED : task.ending, leavePlace);
    else if ((task.attempts ?? 0) >= MAX_ATTEMPTS) await this.#end(task, TOO_MANY_ATTEMPTS, leavePlace);
    else await this.#work(task, leavePlace);
    this.leave(task);
  }

  /** Ends a run that is stopped before its turn. */
  async endWaiting(task: RunTask, by: StoppedBy): Promise<void> {
    if (await task.claim) {
      const ending = { outcome: { kind: 'cancelled', text: '', by }, turn: null } as const;
      await this.#end(task, ending);
    }
    this.leave(task);
  }

  /** What has not started is left to the next process. */
  suspend(): void {
    this.#isSuspending = true;
  }

  /** The task is over, whatever became of its run. */
  leave(task: RunTask): void {
    task.end();
    this.#ports.steering.ended(task);
  }

  /**
   * Does to a run that an earlier process left what became of its questions meanwhile: when its turn has come, so that
   * however many were left, Discord is asked of as many at once as may work. A Discord that does not answer holds
   * nothing up.
   */
  async #followMissedChanges({ run, ending, attempts }: RunTask): Promise<void> {
    if (attempts === undefined) return;
    const { missedChanges, changes, owned, log } = this.#ports;
    try {
      for (const change of await missedChanges(run)) {
        const done =
          change.kind === 'gone' ? changes.forget(change.id) : changes.edit(change.run, change.editedAt);
        owned.add(done, 'what changed while no process was here could not be followed');
        // What is asked now is known in a moment. A run whose own question is gone is stopped at once, and what is done
        // to one that has ended follows its delivery.
        const isStopped = change.kind === 'gone' && change.id === run.id;
        if (!isStopped && !ending) await done;
      }
    } catch (error) {
      log.warn({ err: error, runId: run.id }, 'going on with a question that could not be read again');
    }
  }

  /** admitted, working: asks the agent, and asks it anew with each edit. */
  async #work(task: RunTask, leavePlace: () => void): Promise<void> {
    const { store, observer, log, now } = this.#ports;
    if (task.attempts !== undefined) await store.begin(task.id);
    let answered = await askAgent(task, this.#ports);
    const isOurs = await task.claim;
    while (isOurs && task.signal.reason instanceof RunEdited) {
      task.beginAgain();
      task.reply.restart(task.run);
      answered = await askAgent(task, this.#ports);
    }
    // Somebody else's, or the next process's, it is left without a word.
    if (!isOurs || task.signal.reason instanceof RunSuspended) {
      task.reply.suspend();
      return;
    }
    const { outcome, agent } = answered;
    const delivery = await this.#end(task, toEnding(task.run, answered), leavePlace);
    const ms = now() - task.run.createdAt;
    observer.ended(outcome, agent, ms);
    const end = { outcome: outcome.kind, stopReason: agent?.stopReason, ms, ...delivery };
    log.info({ ...toLogFields(task.run), ...end }, 'run ended');
  }

  /** ended: writes the outcome down where no process did yet, and shows it. No change reaches the run from here on. */
  async #end(task: RunTask, ending: RunEnding, leavePlace?: () => void): Promise<Delivery> {
    const { store, steering, undelivered, owned } = this.#ports;
    task.isDelivering = true;
    if (isDeleted(task)) steering.release(task);
    leavePlace?.();
    if (ending !== task.ending) await store.end(task.id, ending);
    const delivery = await task.reply.finish(ending.outcome);
    const answer = undelivered.add(task.run, ending);
    owned.add(this.#afterTry(answer, delivery, 0), 'the run is kept until its memory is written');
    // The next question of the conversation does not wait for the delivery.
    if (answer.callOff)
      owned.add(this.#remember(task.run, ending, []), 'memory has to wait for the delivery');
    return delivery;
  }

  async #afterTry(answer: Undelivered, delivery: Delivery, tries: number): Promise<void> {
    const { answers, undelivered, owned } = this.#ports;
    answer.messageIds = delivery.messageIds;
    if (delivery.isRemoved) for (const id of delivery.messageIds) answers.removed(id);
    const tryAgain = (isWorthATry: boolean): Promise<void> => {
      const trying = isWorthATry ? this.#deliverAgain(answer, tries + 1) : this.#leaveDelivery(answer);
      owned.add(trying, 'an answer could not be delivered');
      return trying;
    };
    const isOver = delivery.delivered || answer.isDropped;
    if (isOver || !undelivered.wait(answer, delivery, tries, tryAgain)) await this.#leaveDelivery(answer);
  }

  async #deliverAgain(answer: Undelivered, tries: number): Promise<void> {
    const reply = this.#ports.replies.open(answer.run, { standing: answer.messageIds });
    await this.#afterTry(answer, await reply.finish(answer.ending.outcome), tries);
  }

  async #leaveDelivery(answer: Undelivered): Promise<void> {
    const { undelivered } = this.#ports;
    undelivered.remove(answer);
    if (answer.isDropped) await undelivered.forget(answer);
    else await this.retire(answer);
  }

  /** delivered, retired: the run is found by its answer from now on, and its turn is remembered. */
  async retire({ run, ending, messageIds }: Delivered): Promise<void> {
    const { answers, store } = this.#ports;
    // What is remembered must be found when its question goes.
    if (!isGone(ending) && (messageIds.length > 0 || ending.turn)) answers.keep({ run, messageIds });
    // Both begin now: the next question of the conversation, which follows at once, already sees the turn.
    await Promise.all([store.markDelivered(run.id, messageIds), this.#remember(run, ending, messageIds)]);
    await store.retire(run.id);
  }

  async #remember(run: Run, { turn }: RunEnding, messageIds: readonly string[]): Promise<void> {
    const { answers, conversations, log } = this.#ports;
    const isUnwanted = answers.isAnyRemoved(messageIds);
    // Nothing takes the place of the turn that the run had before.
    if (isUnwanted || (!turn && run.replaces))
      await conversations.removeTurn(run.conversationId, run.id, run.createdAt);
    if (!turn || isUnwanted) return;
    const whole = { ...turn, messageIds: [...turn.messageIds, ...messageIds] };
    try {
      await conversations.append(run.conversationId, whole);
    } catch (error) {
      // Only an outage is worth another try, in the next process.
      if (error instanceof StoreUnavailableError && !(error instanceof UnreadableRecordError)) throw error;
      log.error({ err: error, runId: run.id }, 'an answer is not remembered');
    }
  }
}

/** Its question was deleted. */
export function isGone({ outcome }: RunEnding): boolean {
  return outcome.kind === 'cancelled' && outcome.by === 'deleted';
}

function isDeleted({ halted }: RunTask): boolean {
  return halted instanceof RunStopped && halted.by === 'deleted';
}

function toEnding(run: Run, answered: Answered): RunEnding {
  return { outcome: answered.outcome, turn: toTurn(run, answered) };
}

/** What is remembered of a run, with what joined it; null where nothing is. */
function toTurn(run: Run, { outcome, agent, questions }: Answered): Turn | null {
  if (outcome.kind === 'failed' || outcome.text === '' || !agent || !questions) return null;
  if (outcome.kind === 'cancelled' && outcome.by === 'deleted') return null;
  const messageIds = [
    ...(run.origin.kind === 'message' ? [run.origin.messageId] : []),
    ...(run.joined ?? []).map(({ id }) => id),
  ];
  return { runId: run.id, at: run.createdAt, messages: [...questions, ...agent.messages], messageIds };
}
