import { RESTJSONErrorCodes, Routes, type APIMessage } from 'discord.js';
import { toRun } from '../../intake/to-run.ts';
import { withDeadline } from '../../lib/abort.ts';
import type { MissedChange } from '../../runs/ports.ts';
import { toQuestionChannelId, type Run } from '../../runs/run.ts';
import type { Directory } from '../gateway/directory.ts';
import { toIncomingMessage } from '../gateway/to-incoming-message.ts';
import { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';

const UNKNOWN_MESSAGE: number = RESTJSONErrorCodes.UnknownMessage;

export interface MissedChangesOptions {
  readonly rest: Pick<OutgoingBudget, 'send'>;
  readonly directory: Directory;
  readonly botUserId: () => string;
  /** How long a run waits for it, ms (5,000). */
  readonly timeoutMs?: number;
}

/**
 * Reads the questions of a run that an earlier process left again: Discord tells nobody later that a message was
 * edited or deleted. Rejects where Discord does not answer in time.
 */
export function createMissedChanges(options: MissedChangesOptions): (run: Run) => Promise<MissedChange[]> {
  const { rest, directory, botUserId, timeoutMs = 5_000 } = options;

  const read = async (channelId: string, messageId: string, signal: AbortSignal) => {
    try {
      const path = Routes.channelMessage(channelId, messageId);
      return (await rest.send({ method: 'GET', path, priority: 'read', signal })) as APIMessage;
    } catch (error) {
      if (!(error instanceof DiscordRequestError)) throw error;
      // Where it may not be read nothing is known of it.
      return error.discordCode === UNKNOWN_MESSAGE ? 'gone' : undefined;
    }
  };

  const toChange = (run: Run, id: string, message: APIMessage): MissedChange[] => {
    if (!message.edited_timestamp) return [];
    const { guildId, isUnaddressed } = run;
    const dispatched = guildId === null ? message : { ...message, guild_id: guildId };
    const incoming = toIncomingMessage(dispatched, { botUserId: botUserId(), directory });
    if (!incoming) return [];
    const now = toRun(incoming, botUserId());
    // It called the bot, and does not any more.
    if (now.isUnaddressed && !isUnaddressed) return [{ kind: 'gone', id }];
    return [{ kind: 'edited', run: now, editedAt: Date.parse(message.edited_timestamp) }];
  };

  return async (run) => {
    if (run.origin.kind !== 'message') return [];
    const questions = [
      { id: run.id, channelId: toQuestionChannelId(run) },
      ...(run.joined ?? []).map(({ id }) => ({ id, channelId: run.channelId })),
    ];
    return withDeadline('Reading a question again', timeoutMs, undefined, async ({ signal }) => {
      const changes = await Promise.all(
        questions.map(async ({ id, channelId }): Promise<MissedChange[]> => {
          const message = await read(channelId, id, signal);
          if (message === 'gone') return [{ kind: 'gone', id }];
          return message ? toChange(run, id, message) : [];
        }),
      );
      return changes.flat();
    });
  };
}
