import { z } from 'zod';
import { attachmentSchema } from '../attachments/attachment.ts';
import { audienceSchema } from '../memory/audience.ts';

const snowflake = z.string().regex(/^\d{1,20}$/);

/** Where the answer goes: a reply to a message, or the answer of an interaction. */
const originSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('message'), messageId: snowflake }),
  z.strictObject({
    kind: z.literal('interaction'),
    interactionId: snowflake,
    token: z.string(),
    /** Only the asking person sees the answer. */
    isPrivate: z.boolean(),
    /**
     * The bot is no member of the place: nothing but the token shows anything there, and for that no more than five
     * messages beside the first.
     */
    isForeign: z.literal(true).optional(),
  }),
]);

/** A message that the question is about: replied to, forwarded, or the target of a context-menu command. */
export const quoteSchema = z.strictObject({
  messageId: snowflake.nullable(),
  authorName: z.string(),
  isBot: z.boolean(),
  text: z.string(),
  attachments: z.array(attachmentSchema),
  /** The message of the same channel that it replied to in turn, where it is known to be a reply. */
  repliesTo: z.strictObject({ channelId: snowflake, messageId: snowflake }).optional(),
});
export type Quote = z.infer<typeof quoteSchema>;

/** What a person asks. */
const promptSchema = z.strictObject({
  text: z.string(),
  /** Oldest first; the last one is what the person replied to. */
  quotes: z.array(quoteSchema),
  attachments: z.array(attachmentSchema),
  /** When the person last changed it, by Discord's time, epoch ms: what was changed before that is in it. */
  editedAt: z.number().int().nonnegative().optional(),
});

/** A later question of the same person that joined a run. It is answered with that run, and has none of its own. */
const joinedSchema = z.strictObject({
  id: snowflake,
  /** When it was asked, epoch ms. */
  createdAt: z.number().int().nonnegative(),
  prompt: promptSchema,
  /** The run began anew since, and asks it from the beginning; absent: it came between two steps. */
  isFromStart: z.literal(true).optional(),
});
export type JoinedQuestion = z.infer<typeof joinedSchema>;

/**
 * A run: one message or command on its way to one answer. Plain data, so that it can wait, be written down, be
 * resumed and be carried to another machine.
 */
export const runSchema = z.strictObject({
  version: z.literal(1),
  /** Id of the message or interaction that asked, so that one question is one run. */
  id: snowflake,
  /** When it was asked, epoch ms. */
  createdAt: z.number().int().nonnegative(),
  conversationId: z.string().min(1),
  audience: audienceSchema,
  guildId: snowflake.nullable(),
  channelId: snowflake,
  requester: z.strictObject({ id: snowflake, name: z.string() }),
  origin: originSchema,
  prompt: promptSchema,
  /** In the order in which they joined; none is absent. */
  joined: z.array(joinedSchema).optional(),
  /** The model that the person chose; null: the configured one. */
  model: z.string().nullable(),
  /** It is made once more: these messages are edited, and its earlier turn is forgotten. */
  replaces: z.strictObject({ runId: snowflake, messageIds: z.array(snowflake) }).nullable(),
  /** A sentence that goes with the answer: what could not be done as it was asked. */
  notice: z.string().optional(),
  /** Answered only because everything is answered where it stands: it expires where the answer would come late. */
  isUnaddressed: z.literal(true).optional(),
});

export type Run = z.infer<typeof runSchema>;
export type Prompt = Run['prompt'];
export type RunOrigin = z.infer<typeof originSchema>;

/**
 * Where the message of a question stands. A thread that was opened for it has its id; the message itself is in the
 * channel of the thread.
 */
export function toQuestionChannelId({ id, channelId, audience }: Run): string {
  return channelId === id && audience.kind === 'channel' ? audience.channelId : channelId;
}
