import { z } from 'zod';

/** Who can read what is said in a place. Everything remembered belongs to one audience. */
export const audienceSchema = z.discriminatedUnion('kind', [
  /** One person alone: a DM with the bot, or an answer that only they see. */
  z.strictObject({ kind: z.literal('private'), userId: z.string() }),
  /** The readers of a channel (a public thread counts as its parent). `everyone`: the whole guild can read it. */
  z.strictObject({
    kind: z.literal('channel'),
    guildId: z.string(),
    channelId: z.string(),
    everyone: z.boolean(),
  }),
]);

export type Audience = z.infer<typeof audienceSchema>;

/**
 * Whether a person's own words said before `source` may be used in an answer that `target` reads: only where
 * everyone who sees the answer could have seen them said.
 */
export function isWithinAudience(source: Audience, target: Audience): boolean {
  if (target.kind === 'private') return source.kind !== 'private' || source.userId === target.userId;
  if (source.kind === 'private') return false;
  return source.guildId === target.guildId && (source.everyone || source.channelId === target.channelId);
}
