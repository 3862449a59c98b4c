import { KeyedLock } from '../memory/keyed-lock.ts';
import type { ConversationMemory } from '../memory/ports.ts';
import type { Answer, Answers } from './answers.ts';
import { RunEdited } from './outcome.ts';
import type { OwnedWork } from './owned-work.ts';
import type { Admission, ReplyFactory, Runs, StoppedBy } from './ports.ts';
import { runSchema, type Run } from './run.ts';
import type { RunStore } from './run-store.ts';
import type { RunTask } from './run-task.ts';
import type { Left, Settlement } from './settle.ts';

export interface RunChangesOptions {
  readonly tasks: RunTasks;
  readonly answers: Answers;
  readonly conversations: ConversationMemory;
  readonly replies: Pick<ReplyFactory, 'remove'>;
  readonly store: Pick<RunStore, 'admit'>;
  readonly settlement: Pick<Settlement, 'drop' | 'takeBack'>;
  readonly owned: OwnedWork;
}

/** Runs in the lanes. */
export interface RunTasks {
  get(runId: string): RunTask | undefined;
  hasStarted(task: RunTask): boolean;
  stop(task: RunTask, by: StoppedBy): void;
  enqueue(run: Run, options: EnqueueOptions): Promise<Admission>;
}

export interface EnqueueOptions {
  /** The question was taken before. */
  readonly isAgain: boolean;
  /** Messages that stand of an answer that was not delivered. It keeps its place, whatever the bounds. */
  readonly standing?: readonly string[];
}

/** How long after it was asked an answer follows the edits of its question. */
const EDITABLE_MS = 15 * 60_000;

/** What is done to runs that were taken before; to one run in its order, so that the last edit is what is answered. */
export class RunChanges implements Pick<Runs, 'edit' | 'forget' | 'retry'> {
  readonly #options: RunChangesOptions;
  readonly #turns = new KeyedLock();

  constructor(options: RunChangesOptions) {
    this.#options = options;
  }

  async edit(candidate: Run): Promise<boolean> {
    const run = runSchema.parse(candidate);
    return this.#turns.run(run.id, undefined, async () => {
      const { tasks, answers, settlement } = this.#options;
      const task = tasks.get(run.id);
      if (task && !task.isDelivering) {
        this.#beginAgain(task, run);
        return true;
      }
      await task?.ended;
      const late = await settlement.takeBack(run.id);
      if (late) {
        await this.#answerAnew(late, run);
        return true;
      }
      const answer = await answers.find(run.id);
      if (!answer || Date.now() - answer.run.createdAt > EDITABLE_MS) return false;
      await this.#replace(answer, { ...answer.run, prompt: run.prompt, createdAt: Date.now() });
      return true;
    });
  }

  async forget(runId: string): Promise<boolean> {
    const { tasks, settlement, answers, replies, conversations } = this.#options;
    const task = tasks.get(runId);
    // At once, whatever is being done to it.
    if (task) tasks.stop(task, 'deleted');
    return this.#turns.run(runId, undefined, async () => {
      const last = tasks.get(runId);
      if (last) tasks.stop(last, 'deleted');
      await (last ?? task)?.ended;
      if (settlement.drop(runId)) return true;
      const answer = await answers.find(runId);
      if (!answer) return task !== undefined || (await this.#forgetWords(runId));
      answers.drop(runId);
      await Promise.all([
        replies.remove(answer.run, answer.messageIds),
        conversations.removeTurn(answer.run.conversationId, runId, Date.now()),
      ]);
      return true;
    });
  }

  async retry(
    runId: string,
    { id, createdAt, origin }: Parameters<Runs['retry']>[1],
  ): Promise<Admission | undefined> {
    return this.#turns.run(runId, undefined, async () => {
      const { tasks, answers } = this.#options;
      const answer = await answers.find(runId);
      if (!answer || tasks.get(runId)) return undefined;
      // Messages of another interaction cannot be edited: a new origin means new messages.
      const messageIds = origin ? [] : answer.messageIds;
      return this.#replace(answer, { ...answer.run, id, createdAt, ...(origin && { origin }) }, messageIds);
    });
  }

  /** Only what is asked may change: the run keeps its place in the lanes and in the thread opened for it. */
  #beginAgain(task: RunTask, { prompt }: Run): void {
    const { tasks, store, owned } = this.#options;
    task.run = { ...task.run, prompt };
    task.finishedSteps = [];
    // With the question its steps are given up, in one: no process may ever join those of one to the other.
    owned.add(store.admit(task.run, { isAgain: true }), 'an edit could not be written down');
    if (tasks.hasStarted(task)) task.controller.abort(new RunEdited());
  }

  /** Nobody has seen the answer whole: the same messages show the new one. */
  async #answerAnew({ run, messageIds }: Left, { prompt }: Run): Promise<void> {
    const { conversations, tasks } = this.#options;
    await conversations.removeTurn(run.conversationId, run.id, run.createdAt);
    // Later than the turn that was removed, and otherwise as old as it is: it decides which nonces are forgotten.
    const again = { ...run, prompt, createdAt: run.createdAt + 1 };
    await tasks.enqueue(again, { isAgain: true, standing: messageIds });
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

  async #replace(answer: Answer, by: Run, messageIds = answer.messageIds): Promise<Admission> {
    const { answers, conversations, tasks } = this.#options;
    const { run } = answer;
    answers.drop(run.id);
    await conversations.removeTurn(run.conversationId, run.id, by.createdAt - 1);
    const replaces = { runId: run.id, messageIds: [...messageIds] };
    const admission = await tasks.enqueue({ ...by, replaces }, { isAgain: by.id === run.id });
    // The answer still stands there, and so do its buttons.
    if (admission.kind === 'refused') answers.keep(answer);
    return admission;
  }
}
