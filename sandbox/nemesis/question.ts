import type { QuestionKind } from './answer.ts';

/** What becomes of a message while the bot is at work on another one of the same conversation. */
export type WhileRunning = 'queue' | 'steer' | 'interrupt';

/** A button that was pressed under the answer of a question. Times are ms, as the history counts. */
export interface Press {
  readonly action: 'retry' | 'delete';
  readonly at: number;
  /** When the bot took notice; undefined: nobody knows whether it did. */
  takenAt: number | undefined;
  /** Whether its person was told that nothing came of it. */
  wasRefused(): boolean;
}

/** A question as its person knows it. */
export interface Question {
  readonly person: number;
  readonly question: number;
  /** Where it was asked: the index of one of its person's places. */
  readonly place: number;
  readonly channelId: string;
  readonly messageId: string;
  /** Those of one conversation have the same, whatever it is. */
  readonly conversation: string;
  readonly whileRunning: WhileRunning;
  /** In a direct message. */
  readonly isDirect: boolean;
  /** Its answer is to come in a thread under it. */
  readonly wantsThread: boolean;
  /** It ends with a wish for a thread. */
  readonly wishesThread: boolean;
  /** ms, as the history counts. */
  readonly askedAt: number;
  /** Of its last version. */
  kind: QuestionKind;
  /** How often it was put: 1, and one more with each edit. */
  versions: number;
  readonly edits: { readonly version: number; readonly at: number }[];
  deletedAt: number | undefined;
  readonly presses: Press[];
  /** Somebody took its answer away by hand. */
  answerRemovedAt: number | undefined;
  /** Its person stopped everything, or reset the conversation, while it may have been at work. */
  mayBeStopped: boolean;
  /** /stop was acknowledged then, and took it when nothing could be read of it. */
  stoppedAt: number | undefined;
  /** /reset was acknowledged then; `mayBeReset`: or perhaps it was, and nobody knows. */
  resetAt: number | undefined;
  mayBeReset: boolean;
}

/** Whether it was put in other words, or its answer wanted otherwise, after that time. */
export function isChangedSince({ edits, presses }: Question, at: number): boolean {
  return [...edits, ...presses].some((change) => change.at > at);
}

/** When something was last done to it. */
export function lastChangeAt({ askedAt, edits, presses, deletedAt }: Question): number {
  return Math.max(askedAt, deletedAt ?? 0, ...edits.map(({ at }) => at), ...presses.map(({ at }) => at));
}

/** Channels in which its answer may stand. A thread that was opened for it has its id. */
export function isItsPlace(question: Question, channelId: string): boolean {
  return channelId === question.channelId || (question.wantsThread && channelId === question.messageId);
}
