import { z } from 'zod';
import { whileRunningModes, type WhileRunning } from '../../runs/ports.ts';
import { encodeKey } from '../../storage/key-codec.ts';
import { compareIds } from '../../lib/compare-ids.ts';
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
  /** The modes before, the latest first: what was said under one of them, and is only read later, was meant for it. */
  earlierModes: z
    .array(
      z.object({
        mode: z.enum(channelModes),
        /** Id of what changed it. */ until: z.string().regex(/^\d{1,20}$/),
      }),
    )
    .optional()
    .catch(undefined),
});

export type Settings = Readonly<z.infer<typeof settingsSchema>>;

export const defaultSettings: Settings = settingsSchema.parse({});

export interface SettingsChange {
  readonly whileRunning?: WhileRunning;
  readonly mode?: ChannelMode;
  /** Id of what asked for it, which tells what was said before. */
  readonly at?: string;
}

/** More changes than are made within the time for which what was missed is fetched. */
const MAX_EARLIER_MODES = 10;

export function toChangedSettings(settings: Settings, { at, ...change }: SettingsChange): Settings {
  const changed = { ...settings, ...change };
  if (at === undefined || changed.mode === settings.mode) return changed;
  const earlierModes = [{ mode: settings.mode, until: at }, ...(settings.earlierModes ?? [])];
  return { ...changed, earlierModes: earlierModes.slice(0, MAX_EARLIER_MODES) };
}

/** The settings that held when a message was said. */
export function toSettingsAt(settings: Settings, messageId: string): Settings {
  const earlier = settings.earlierModes?.findLast(({ until }) => compareIds(messageId, until) < 0);
  return earlier ? { ...settings, mode: earlier.mode } : settings;
}

/** Whose settings hold in a place: the channel's, which its threads share, or the person's in direct messages. */
export function toSettingsScope({ guildId, channelId, parentId }: Place, userId: string): string {
  return guildId === null ? encodeKey(['user', userId]) : encodeKey(['channel', parentId ?? channelId]);
}
