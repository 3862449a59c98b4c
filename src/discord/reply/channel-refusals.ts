import { Routes } from 'discord.js';
import type { LRUCache } from 'lru-cache';
import type { Log } from '../../observability/log.ts';
import type { Run } from '../../runs/run.ts';
import type { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';

/** The bot may not or cannot speak in the channel: nothing is tried there for a while. */
const CHANNEL_CLOSED: ReadonlySet<number> = new Set([
  10_003, // unknown channel
  10_004, // unknown guild
  50_001, // missing access
  50_007, // the person takes no direct messages
  50_013, // missing permissions
  50_083, // thread archived, and it could not be woken
  160_005, // thread locked
]);

export const UNKNOWN_MESSAGE = 10_008;
const THREAD_ARCHIVED = 50_083;

export function isChannelClosed(discordCode: number): boolean {
  return CHANNEL_CLOSED.has(discordCode);
}

export interface MendOptions {
  readonly budget: Pick<OutgoingBudget, 'send'>;
  readonly muted: LRUCache<string, true>;
  readonly log: Pick<Log, 'debug'>;
}

/**
 * Wakes an archived thread; mutes a channel in which the bot cannot speak. Resolves with whether it makes sense to
 * try again. An interaction's answer does not depend on what the bot may do in the channel.
 */
export async function mendRefusal(
  { discordCode }: DiscordRequestError,
  { channelId, origin }: Run,
  { budget, muted, log }: MendOptions,
): Promise<boolean> {
  if (discordCode === THREAD_ARCHIVED) {
    const body = { json: { archived: false } };
    try {
      const path = Routes.channel(channelId);
      await budget.send({ method: 'PATCH', path, priority: 'final-text', body: () => body });
      return true;
    } catch (error) {
      log.debug({ err: error, channelId }, 'an archived thread could not be woken');
    }
  }
  if (origin.kind === 'message' && isChannelClosed(discordCode)) muted.set(channelId, true);
  return false;
}
