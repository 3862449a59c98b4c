import { KeyedOrder } from '../lib/keyed-order.ts';
import type { ConversationMemory } from '../memory/ports.ts';
import type { Answer, Answers } from './answers.ts';
import { changes, fromStart, toOwnRun, withChangedQuestion, withEditNoted } from './joined-questions.ts';
import type { OwedWrites } from './owed-writes.ts';
import type { BackgroundWork } from '../lib/background-work.ts';
import type { Admission, ReplyFactory, RunAgain, Runs, StoppedBy } from './ports.ts';
import { runSchema, type Prompt, type Run } from './run.ts';
import type { RunStore } from './run-store.ts';
import type { RunTask } from './run-task.ts';
import type { UndeliveredAnswers } from './undelivered-answers.ts';

export interface RunChangesOptions {
  readonly tasks: RunTasks;
  readonly answers: Answers;
  readonly conversations: ConversationMemory;
  readonly replies: Pick<ReplyFactory, 'remove'>;
  readonly store: Pick<RunStore, 'admit'>;
  readonly undelivered: Pick<UndeliveredAnswers, 'drop' | 'find' | 'takeBack'>;
  readonly owned: BackgroundWork;
  /** Edits and deletions that the store did not take. */
  readonly owedChanges: Pick<OwedWrites, 'write'>;
  /** Discord's time, epoch ms. */
  readonly now?: () => number;
}

/** Runs in the lanes. */
export interface RunTasks {
  get(runId: string): RunTask | undefined;
  /** The run under way that a question joined. */
  hostOf(questionId: string): RunTask | undefined;
  hasStarted(task: RunTask): boolean;
  stop(task: RunTask, by: StoppedBy): void;
  /** A run that was taken before. `standing`: what stands of an answer that was not delivered; it keeps its place. */
  enqueueAgain(run: Run, standing?: readonly string[]): Promise<Admission>;
}

/** How long after it was asked an answer follows the edits of its question. */
const EDITABLE_MS = 15 * 60_000;

/**
 * What is done to runs that were taken before; to one run in its order, so that the last edit is what is answered. A
 * question that joined a run is a part of what that run asks: where it changes, the run begins again.
 */
export class RunChanges implements Pick<Runs, 'edit' | 'forget' | 'withdraw' | 'retry'> {
  readonly #options: RunChangesOptions;
  readonly #turns = new KeyedOrder();

  constructor(options: RunChangesOptions) {
    this.#options = options;
  }

  async edit(candidate: Run, editedAt: number): Promise<boolean> {
    const { id, prompt } = runSchema.parse(candidate);
    const edit = (): Promise<boolean> =>
      this.#inTurn(id, () => this.#change(id, { ...prompt, editedAt }, editedAt));
    // Where the store is away it is done as soon as it is back.
    return (await this.#options.owedChanges.write(id, edit)) ?? true;
  }

  async forget(questionId: string): Promise<boolean> {
    const { tasks, owedChanges } = this.#options;
    const task = tasks.get(questionId);
    // At once, whatever is being done to it.
    if (task) tasks.stop(task, 'deleted');
    const forget = (): Promise<boolean> => this.#inTurn(questionId, () => this.#forget(questionId, task));
    // Where the store is away it is done as soon as it is back.
    return (await owedChanges.write(questionId, forget)) ?? true;
  }

  async withdraw(questionId: string): Promise<boolean> {
    const { tasks } = this.#options;
    const task = tasks.get(questionId) ?? tasks.hostOf(questionId);
    return task === undefined || task.isDelivering ? false : this.forget(questionId);
  }

  async retry(runId: string, { createdAt, origin }: RunAgain): Promise<Admission | undefined> {
    return this.#inTurn(runId, async () => {
      const { tasks, answers } = this.#options;
      const answer = await answers.find(runId);
      if (!answer || tasks.get(runId)) return undefined;
      // Messages of another interaction cannot be edited: a new origin means new messages.
      return this.#replace(origin ? { run: { ...answer.run, origin }, messageIds: [] } : answer, createdAt);
    });
  }

  /** Of a run that is made again; also by the next process, where this one ends before it is done. */
  removeEarlierTurn({ conversationId, id, createdAt }: Run): void {
    const { conversations, owned } = this.#options;
    const removed = conversations.removeTurn(conversationId, id, createdAt - 1);
    owned.add(removed, 'the earlier turn of a run goes when the run ends');
  }

  #inTurn<T>(questionId: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.run(questionId, work);
  }

  /** Without `prompt`: it joined another question, and is gone. False: there is nothing that could follow. */
  async #change(questionId: string, prompt: Prompt | undefined, editedAt: number): Promise<boolean> {
    const { tasks, undelivered } = this.#options;
    const task = tasks.get(questionId) ?? tasks.hostOf(questionId);
    if (task && !task.isDelivering) {
      this.#beginAgain(task, withChange(task.run, questionId, prompt));
      return true;
    }
    await task?.ended;
    const waiting = undelivered.find(questionId);
    if (waiting) return this.#changeWaiting(waiting, questionId, prompt);
    return this.#changeEnded(questionId, prompt, editedAt);
  }

  async #changeEnded(questionId: string, prompt: Prompt | undefined, editedAt: number): Promise<boolean> {
    const answer = await this.#options.answers.find(questionId);
    if (!answer) return false;
    const change = (): Promise<boolean> => this.#changeAnswered(answer, questionId, prompt, editedAt);
    return answer.run.id === questionId ? change() : this.#inTurn(answer.run.id, change);
  }

  async #changeAnswered(
    { run, messageIds }: Answer,
    questionId: string,
    prompt: Prompt | undefined,
    editedAt: number,
  ): Promise<boolean> {
    const { tasks, answers, conversations } = this.#options;
    const again = tasks.get(run.id);
    if (again && !again.isDelivering) {
      this.#beginAgain(again, withChange(again.run, questionId, prompt));
      return true;
    }
    const isTooOld = isOld(run, editedAt);
    if (isTooOld && prompt) return false;
    const changed = { run: withChange(run, questionId, prompt), messageIds };
    if (changed.run === run) return true;
    const admission = isTooOld ? undefined : await this.#replace(changed, editedAt);
    if (admission?.kind === 'admitted') return true;
    if (prompt) {
      answers.keep({ run: withEditNoted(run, questionId, editedAt), messageIds });
      return true;
    }
    // The answer is not made anew, but what is gone is in no memory any more.
    await conversations.removeTurn(run.conversationId, run.id, run.createdAt);
    answers.keep(changed);
    return true;
  }

  /** Throws StoreUnavailableError. `stopped`: it was under way when this was asked for. */
  async #forget(questionId: string, stopped: RunTask | undefined): Promise<boolean> {
    const { tasks, undelivered, answers, replies, conversations } = this.#options;
    const now = this.#options.now?.() ?? Date.now();
    if (tasks.hostOf(questionId)) return this.#change(questionId, undefined, now);
    const task = tasks.get(questionId);
    if (task) tasks.stop(task, 'deleted');
    await (task ?? stopped)?.ended;
    const waiting = undelivered.find(questionId);
    if (waiting && waiting.id !== questionId) return this.#change(questionId, undefined, now);
    if (await undelivered.drop(questionId)) {
      // Nobody has seen an answer to those that joined it.
      if (waiting)
        for (const joined of waiting.joined ?? []) await tasks.enqueueAgain(toOwnRun(waiting, joined));
      return true;
    }
    const answer = await answers.find(questionId);
    if (!answer) return stopped !== undefined || this.#forgetWords(questionId);
    const { run, messageIds } = answer;
    if (run.id !== questionId) return this.#change(questionId, undefined, now);
    await Promise.all([
      replies.remove(run, messageIds),
      conversations.removeTurn(run.conversationId, run.id),
    ]);
    // Last, so that it is found again where the store did not take the rest.
    answers.drop(run.id);
    return true;
  }

  /** Somebody took a message of an answer away: its words leave the memory, what else stands of it stays. */
  async #forgetWords(messageId: string): Promise<boolean> {
    const { answers, conversations } = this.#options;
    answers.removed(messageId);
    const words = await answers.ownerOf(messageId);
    if (!words) return false;
    await conversations.removeTurn(words.conversationId, words.runId, words.askedAt);
    return true;
  }

  /** Only what is asked may change: the run keeps its place in the lanes and in the thread opened for it. */
  #beginAgain(task: RunTask, changed: Run): void {
    if (changed === task.run) return;
    const { tasks, owned } = this.#options;
    task.run = fromStart(changed);
    task.finishedSteps = [];
    task.takeUnasked();
    owned.add(this.#writeAgain(task), 'an edit could not be written down');
    if (tasks.hasStarted(task)) task.interruptForEdit();
  }

  /** With the question its steps are given up, in one: no process may ever join those of one to the other. */
  async #writeAgain(task: RunTask): Promise<void> {
    // What turns out to be somebody else's is not to be written anew.
    const isOurs = await task.claim;
    // Nor what joined another run meanwhile.
    if (isOurs && this.#options.tasks.get(task.id) === task) {
      await this.#options.store.admit(task.run, { isAgain: true });
    }
  }

  /** The answer waits for Discord, and nobody has seen it whole: the same messages show the new one. */
  async #changeWaiting(waiting: Run, questionId: string, prompt: Prompt | undefined): Promise<boolean> {
    const { undelivered, conversations, tasks, owned } = this.#options;
    const changed = withChange(waiting, questionId, prompt);
    if (changed === waiting) return true;
    const late = await undelivered.takeBack(waiting.id);
    if (!late) return this.#changeEnded(questionId, prompt, waiting.createdAt);
    const { conversationId, id, createdAt } = waiting;
    owned.add(
      conversations.removeTurn(conversationId, id, createdAt),
      'the earlier turn goes when the run ends',
    );
    // Later than the turn that was removed, and otherwise as old as it is: it decides which nonces are forgotten.
    await tasks.enqueueAgain(fromStart({ ...changed, createdAt: createdAt + 1 }), late.messageIds);
    return true;
  }

  /** The answer stays as it is, with its turn and its buttons, until its question is durably taken again. */
  async #replace({ run, messageIds }: Answer, at: number): Promise<Admission> {
    const createdAt = Math.max(at, run.createdAt + 1);
    const replaces = { runId: run.id, messageIds: [...messageIds] };
    const again = fromStart({ ...run, createdAt, replaces });
    const admission = await this.#options.tasks.enqueueAgain(again);
    if (admission.kind === 'admitted') this.removeEarlierTurn(again);
    return admission;
  }
}

function isOld({ createdAt }: Run, at: number): boolean {
  return at - createdAt > EDITABLE_MS;
}

function withChange(run: Run, questionId: string, prompt: Prompt | undefined): Run {
  if (run.id !== questionId) return withChangedQuestion(run, questionId, prompt);
  return prompt === undefined || !changes(run, prompt) ? run : { ...run, prompt };
}
