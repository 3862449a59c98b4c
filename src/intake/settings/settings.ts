import { z } from 'zod';
import { whileRunningModes } from '../../runs/ports.ts';
import { encodeKey } from '../../storage/key-codec.ts';
import type { Place } from '../incoming.ts';

/**
 * What the bot answers in a channel of a guild. `mention`: what addresses it. `always`: every message that it can
 * read. `never`: no message at all. `threads`: what addresses it, in a thread that it opens.
 */
export const channelModes = ['mention', 'always', 'never', 'threads'] as const;
export type ChannelMode = (typeof channelModes)[number];

/** What is unset, or no longer known to this version, is as by default. */
export const settingsSchema = z.object({
  /** What becomes of a message while a run of its conversation and its author is under way. */
  whileRunning: z.enum(whileRunningModes).catch('queue'),
  mode: z.enum(channelModes).catch('mention'),
});

export type Settings = Readonly<z.infer<typeof settingsSchema>>;

export const defaultSettings: Settings = settingsSchema.parse({});

/** Whose settings hold in a place: the channel's, which its threads share, or the person's in direct messages. */
export function toSettingsScope({ guildId, channelId, parentId }: Place, userId: string): string {
  return guildId === null ? encodeKey(['user', userId]) : encodeKey(['channel', parentId ?? channelId]);
}
