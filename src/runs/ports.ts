import { z } from 'zod';
import { answerFileSchema } from '../agent/answer-file.ts';
import type { AgentEvent, AgentOutcome, ToolResult } from '../agent/ports.ts';
import type { Turn } from '../memory/ports.ts';
import type { Run, RunOrigin } from './run.ts';

/**
 * Who stopped a run. `deleted`: its question is gone, and whatever was shown of the answer goes too. `interrupted`:
 * a newer question of the same person took its place. `expired`: Discord takes no more of its answer. `outdated`:
 * nobody asked for it, and the talk has gone on.
 */
const stoppedBySchema = z.enum([
  'requester',
  'moderator',
  'shutdown',
  'deleted',
  'interrupted',
  'expired',
  'outdated',
]);
export type StoppedBy = z.infer<typeof stoppedBySchema>;

/** How a run ended, once and for all. */
export const outcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answered'),
    text: z.string(),
    /** A sentence about what is missing. */
    notice: z.string().exactOptional(),
    /** What tools made for the person. */
    files: z.array(answerFileSchema).readonly().exactOptional(),
  }),
  z.strictObject({ kind: z.literal('cancelled'), text: z.string(), by: stoppedBySchema }),
  z.strictObject({ kind: z.literal('failed'), text: z.string(), notice: z.string() }),
]);
export type RunOutcome = Readonly<z.infer<typeof outcomeSchema>>;

/** What a person sees of one run. Implemented over Discord; none of its methods throws or blocks the run. */
export interface Reply {
  /** The run waits: `position` is its place in the queue, 1 = next. May be called again as it moves up. */
  waiting(position: number): void;
  /** The question was edited while the run was at work: what follows takes the place of what was shown. */
  restart(run: Run): void;
  /** Work begins. */
  started(): void;
  /** The process ends and another goes on with the run: nothing more is shown. */
  suspend(): void;
  /** An event of the agent: text grows, tools run. */
  onEvent(event: AgentEvent): void;
  /** Shows the final state, whole. Resolves when Discord has taken every part, or delivery was given up. */
  finish(outcome: RunOutcome): Promise<Delivery>;
}

export interface Delivery {
  readonly delivered: boolean;
  /** Discord will never take it, whenever it is tried. */
  readonly isRefused?: true;
  /** The bot may not speak there for now: trying again helps when that has changed. */
  readonly isClosed?: true;
  /** One of its messages was taken away by somebody: the answer is not wanted. */
  readonly isRemoved?: true;
  /** Ids of the messages that hold the answer, in order. */
  readonly messageIds: readonly string[];
}

export interface OpenReplyOptions {
  /** Called with the ids of its messages whenever one was added. */
  readonly onShown?: (messageIds: readonly string[]) => void;
  /**
   * Given where an earlier process, or an earlier try, began to show this answer: the messages that it is known to
   * have made. There may be more of them, which must not be made again.
   */
  readonly standing?: readonly string[];
}

export interface ReplyFactory {
  /**
   * Opens the reply of a run, over the messages of the run that it replaces, if any. No request is sent before one
   * of its methods is called.
   */
  open(run: Run, options?: OpenReplyOptions): Reply;
  /**
   * Tells a person in one short sentence why their question was not taken. `isAgain`: an earlier process may have told
   * it already.
   */
  refuse(run: Run, reason: string, isAgain?: boolean): Promise<void>;
  /** Takes an answer away. Never rejects; messages that are gone already are no error. */
  remove(run: Run, messageIds: readonly string[]): Promise<void>;
}

/** Where the bot may speak. */
export interface Doors {
  /** It may not speak where the run's answer would go: asking the model would be in vain. */
  isClosed(run: Run): boolean;
  /**
   * Calls back once, later: with true when the bot may speak there again, with false when that takes too long. Returns
   * how to call it off.
   */
  awaitOpening(run: Run, then: (isOpen: boolean) => void): () => void;
}

export type Admission =
  | {
      readonly kind: 'admitted';
      /** It has to wait. */
      readonly isPending: boolean;
      /** The run under way in its conversation was stopped for it. */
      readonly interrupts?: true;
    }
  /** It joined the run under way in its conversation, before that run's next step. */
  | { readonly kind: 'steered'; readonly runId: string }
  /** The same message or interaction was taken before. */
  | { readonly kind: 'duplicate' }
  /** Over a bound; the person has been told. */
  | { readonly kind: 'refused'; readonly reason: string };

/** What becomes of a question while a run of its conversation and its author is under way. */
export const whileRunningModes = ['queue', 'steer', 'interrupt'] as const;
export type WhileRunning = (typeof whileRunningModes)[number];

export interface RunSummary {
  readonly id: string;
  readonly state: 'waiting' | 'active';
  readonly userId: string;
  readonly channelId: string;
  readonly conversationId: string;
  /** 1 = next; 0 while active. */
  readonly position: number;
  /** When it was asked, epoch ms. */
  readonly since: number;
}

/** Which runs are meant; a run matches when every given field does. */
export interface RunFilter {
  readonly runId?: string;
  readonly userId?: string;
  readonly channelId?: string;
  readonly guildId?: string;
  readonly conversationId?: string;
}

/** The runs of this bot, as those who ask for answers see them. */
export interface Runs {
  /** Resolves when the run is durable. Throws where the record is not a run. */
  submit(run: Run, options?: { readonly whileRunning?: WhileRunning }): Promise<Admission>;
  /** Stops matching runs, waiting or active, at once. Returns how many. */
  stop(filter: RunFilter, by: 'requester' | 'moderator'): number;
  list(filter?: RunFilter): readonly RunSummary[];
  /**
   * The question `run.id` has a new text since `editedAt` (epoch ms): a waiting run uses it, one at work begins again,
   * an answer that is not older than 15 minutes is made anew; in each case the same messages are edited. The same
   * holds for the run that the question joined. False: no such run.
   */
  edit(run: Run, editedAt: number): Promise<boolean>;
  /**
   * The question is gone, or its answer unwanted: the run stops, its answer and its memory are removed. A run that
   * the question joined goes on without it.
   */
  forget(questionId: string): Promise<boolean>;
  /** The question does not ask any more: a run that waits or is at work is forgotten. False: there is none. */
  withdraw(questionId: string): Promise<boolean>;
  /** Makes an ended run once more, in place of its answer. Undefined: no such answer is kept. */
  retry(runId: string, again: RunAgain): Promise<Admission | undefined>;
  /** The run of an answer, ended or under way; for deciding who may control it. */
  find(runId: string): Promise<Run | undefined>;
}

/** A question of a run, the first or one that joined, is gone or has another text. */
export type MissedChange =
  | { readonly kind: 'gone'; readonly id: string }
  | { readonly kind: 'edited'; readonly run: Run; readonly editedAt: number };

/** What is new about a run that is made once more. */
export interface RunAgain {
  /** When it was asked for, epoch ms. */
  readonly createdAt: number;
  /** Where the answer goes, if not where the first one went. */
  readonly origin?: RunOrigin;
}

/**
 * Adds the messages that the quoted ones replied to, back to what the turns hold already. Rejects only with the
 * signal's reason: what cannot be had is left out.
 */
export type CompleteQuotes = (run: Run, turns: readonly Turn[], signal: AbortSignal) => Promise<Run>;

/** Counts what happens to runs. */
export interface RunObserver {
  /** `ms` since the question was asked. */
  firstText(ms: number): void;
  toolCall(result: ToolResult): void;
  ended(outcome: RunOutcome, agent: AgentOutcome | undefined, ms: number): void;
  refused(): void;
}
