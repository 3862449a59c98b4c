import { z } from 'zod';
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
  }),
]);

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
  prompt: z.strictObject({
    text: z.string(),
    /** The message that the person replied to. */
    quoted: z.strictObject({ authorName: z.string(), isBot: z.boolean(), text: z.string() }).nullable(),
  }),
});

export type Run = z.infer<typeof runSchema>;
export type RunOrigin = z.infer<typeof originSchema>;
