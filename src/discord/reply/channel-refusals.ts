import { RESTJSONErrorCodes, Routes } from 'discord.js';
import type { Log } from '../../observability/log.ts';
import type { Run } from '../../runs/run.ts';
import type { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import type { ChannelDoors, ShutBy } from './channel-doors.ts';

const CHANNEL_GONE: ReadonlySet<number> = new Set([
  RESTJSONErrorCodes.UnknownChannel,
  RESTJSONErrorCodes.UnknownGuild,
]);
const THREAD_ARCHIVED: number = RESTJSONErrorCodes.InvalidActionOnArchivedThread;
/** The bot may not speak in the channel: nothing is tried there for a while, or until something changes. */
const CHANNEL_CLOSED: ReadonlySet<number> = new Set([
  RESTJSONErrorCodes.MissingAccess,
  RESTJSONErrorCodes.CannotSendMessagesToThisUser,
  RESTJSONErrorCodes.MissingPermissions,
  RESTJSONErrorCodes.ThreadLocked,
  // It could not be woken.
  THREAD_ARCHIVED,
]);

/** What a refusal says of the channel; undefined: nothing. */
export function toShutBy(discordCode: number): ShutBy | undefined {
  if (CHANNEL_GONE.has(discordCode)) return 'gone';
  return CHANNEL_CLOSED.has(discordCode) ? 'closed' : undefined;
}

export interface MendOptions {
  readonly budget: Pick<OutgoingBudget, 'send'>;
  readonly doors: Pick<ChannelDoors, 'shut'>;
  readonly log: Pick<Log, 'debug'>;
}

/**
 * Wakes an archived thread; shuts the door of a channel in which the bot cannot speak. Resolves with whether it makes
 * sense to try again.
 */
export async function mendRefusal(
  { discordCode }: DiscordRequestError,
  run: Run,
  { budget, doors, log }: MendOptions,
): Promise<boolean> {
  const { channelId } = run;
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
  const by = toShutBy(discordCode);
  if (by) doors.shut(run, by);
  return false;
}
