import { z } from 'zod';
import { audienceSchema, type Audience } from './audience.ts';
import { chatMessageSchema } from './chat-message.ts';

/** What one finished run added to its conversation. */
export const turnSchema = z.strictObject({
  runId: z.string(),
  /** When the run was asked for, epoch ms. */
  at: z.number(),
  messages: z.array(chatMessageSchema).readonly(),
  /** Ids of the Discord messages whose text is in here, so that a deleted message can leave the memory. */
  messageIds: z.array(z.string()).readonly(),
});
export type Turn = z.infer<typeof turnSchema>;

export interface ConversationMemory {
  /**
   * The turns kept of a conversation, oldest first; empty where there are none. Includes appended turns that
   * are not written yet. Throws StoreUnavailableError on an outage.
   */
  load(conversationId: string, signal?: AbortSignal): Promise<readonly Turn[]>;
  /**
   * Takes a turn in at once (the next `load` sees it) and writes it behind. Resolves when the turn is durable,
   * rejects with StoreUnavailableError when writing was given up, and forgets it then. A later turn of the same run
   * takes the place of the one before; the same again changes nothing.
   */
  append(conversationId: string, turn: Turn): Promise<void>;
  /**
   * Forgets the conversation. Resolves when that is durable. A turn asked for at or before `at` (epoch ms by the
   * clock of `Turn.at`, which is Discord's) is not taken in afterwards either.
   */
  reset(conversationId: string, at: number): Promise<void>;
  /**
   * Removes the turn of a run (its question was deleted, or is answered once more). Resolves when that is durable. A
   * turn of that run asked for at or before `at` (as for `reset`; for good, when absent) is not taken in afterwards
   * either.
   */
  removeTurn(conversationId: string, runId: string, at?: number): Promise<void>;
  /**
   * Writes everything that is waiting, without the pauses between retries. Resolves when nothing is left of it:
   * what was given up rejected its own call. Never rejects.
   */
  flush(): Promise<void>;
}

/** Something a person asked to be remembered about themselves. */
export const factSchema = z.strictObject({
  id: z.string(),
  text: z.string(),
  /** Where it was said. It is used only where everyone who sees the answer could have seen it said. */
  audience: audienceSchema,
  /** epoch ms */
  at: z.number(),
});
export type Fact = z.infer<typeof factSchema>;

export interface FactMemory {
  /** Facts of `userId` that may be used before `audience`, oldest first. Throws StoreUnavailableError. */
  recall(userId: string, audience: Audience, signal?: AbortSignal): Promise<readonly Fact[]>;
  /** Every fact of a person, for that person's own eyes. */
  list(userId: string, signal?: AbortSignal): Promise<readonly Fact[]>;
  /** Resolves when durable. Throws SwitchboardError `fact-too-long` / `too-many-facts` past the caps. */
  remember(userId: string, fact: { text: string; audience: Audience }, signal?: AbortSignal): Promise<Fact>;
  /** Forgets one fact, or all of a person without `factId`. Returns how many went. */
  forget(userId: string, factId?: string, signal?: AbortSignal): Promise<number>;
}
