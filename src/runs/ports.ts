import type { AgentEvent } from '../agent/ports.ts';
import type { Run } from './run.ts';

/** How a run ended, once and for all. */
export type RunOutcome =
  | {
      readonly kind: 'answered';
      readonly text: string;
      /** A sentence about what is missing. */ readonly notice?: string;
    }
  | { readonly kind: 'cancelled'; readonly text: string; readonly by: 'requester' | 'moderator' | 'shutdown' }
  | { readonly kind: 'failed'; readonly text: string; readonly notice: string };

/** What a person sees of one run. Implemented over Discord; none of its methods throws or blocks the run. */
export interface Reply {
  /** The run waits: `position` is its place in the queue, 1 = next. May be called again as it moves up. */
  waiting(position: number): void;
  /** Work begins. */
  started(): void;
  /** An event of the agent: text grows, tools run. */
  onEvent(event: AgentEvent): void;
  /** Shows the final state, whole. Resolves when Discord has taken every part, or delivery was given up. */
  finish(outcome: RunOutcome): Promise<Delivery>;
}

export interface Delivery {
  readonly delivered: boolean;
  /** Ids of the messages that hold the answer, in order. */
  readonly messageIds: readonly string[];
}

export interface ReplyFactory {
  /** Opens the reply of a run. No request is sent before one of its methods is called. */
  open(run: Run): Reply;
  /** Tells a person in one short sentence why their question was not taken. */
  refuse(run: Run, reason: string): Promise<void>;
}

export type Admission =
  | { readonly kind: 'admitted' }
  /** The same message or interaction was taken before. */
  | { readonly kind: 'duplicate' }
  /** Over a bound; the person has been told. */
  | { readonly kind: 'refused'; readonly reason: string };

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
  submit(run: Run): Admission | Promise<Admission>;
  /** Stops matching runs, waiting or active, at once. Returns how many. */
  stop(filter: RunFilter, by: 'requester' | 'moderator'): number;
  list(filter?: RunFilter): readonly RunSummary[];
}
