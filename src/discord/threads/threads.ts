import { ChannelType, RESTJSONErrorCodes, Routes, type APIGuildMember } from 'discord.js';
import { createLruCache } from '../../lib/lru-cache.ts';
import { SwitchboardError } from '../../errors.ts';
import type { ThreadOpening, ThreadRequest, Threads } from '../../intake/threads.ts';
import { withDeadline } from '../../lib/abort.ts';
import { toSafeName } from '../../lib/safe-name.ts';
import type { Log } from '../../observability/log.ts';
import { hasPermission, permission, permissionsIn, threadOpening } from '../../policy/permissions.ts';
import type { Directory } from '../gateway/directory.ts';
import { DiscordRequestError, hasDiscordCode } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { toThreadName, toThreadTitle } from './thread-name.ts';
import type { ThreadTitles } from './thread-titles.ts';

export interface ThreadsOptions {
  readonly budget: Pick<OutgoingBudget, 'send'>;
  readonly directory: Directory;
  readonly titles: ThreadTitles;
  readonly log: Pick<Log, 'debug' | 'info'>;
  /** After this a person is answered without a thread (8,000). */
  readonly openTimeoutMs?: number;
}

const MAX_UNNAMED = 1_000;

const OWN_REFUSAL = refused(
  'I may not open threads here: I need the permissions Create Public Threads and Send Messages in Threads.',
);

/** Opens public threads within the permissions of the requester and the bot. */
export function createThreads(options: ThreadsOptions): Threads {
  const { budget, directory, titles, log, openTimeoutMs = 8_000 } = options;
  /** Opened without a text to name them after. */
  const unnamed = createLruCache<true>({ max: MAX_UNNAMED });

  const nameAfter = (threadId: string, text: string, userId: string): void => {
    titles.rename(threadId, text, userId).catch((error: unknown) => {
      log.debug({ err: error }, 'a title failed');
    });
  };

  /** So that they find the thread among theirs. */
  const addMember = (threadId: string, userId: string): void => {
    const path = Routes.threadMembers(threadId, userId);
    budget.send({ method: 'PUT', path, priority: 'notice', maxAttempts: 2 }).catch((error: unknown) => {
      log.debug({ err: error, channelId: threadId }, 'a person could not be added to their thread');
    });
  };

  return {
    async open(request) {
      const { channelId, text, requester } = request;
      const title = toThreadTitle(request.title ?? '');
      const words = toThreadName(text);
      const name = title ?? words ?? `Conversation with ${toSafeName(requester.name)}`;
      try {
        const opened = await withDeadline(
          'Opening a thread',
          openTimeoutMs,
          undefined,
          async ({ signal }) => {
            const refusal = await refuseByPermission(request, { directory, budget }, signal);
            return refusal ?? create(request, name, budget, signal);
          },
        );
        if (typeof opened !== 'string') return opened;
        addMember(opened, requester.id);
        if (words === undefined && title === undefined) unnamed.set(opened, true);
        else if (title === undefined) nameAfter(opened, text, requester.id);
        return { kind: 'opened', channelId: opened };
      } catch (error) {
        log.info({ err: error, channelId }, 'a thread could not be opened');
        return toOpening(error, request.messageId);
      }
    },
    asked(channelId, text, userId) {
      if (!unnamed.has(channelId) || toThreadName(text) === undefined) return;
      unnamed.delete(channelId);
      nameAfter(channelId, text, userId);
    },
  };
}

/** Without a request, where the gateway has told enough; it does not tell who has which role. */
async function refuseByPermission(
  request: ThreadRequest,
  { directory, budget }: Pick<ThreadsOptions, 'directory' | 'budget'>,
  signal: AbortSignal,
): Promise<ThreadOpening | undefined> {
  const { guildId, channelId, requester } = request;
  const guild = directory.guild(guildId);
  const channel = directory.channel(channelId);
  const bot = directory.ownMember(guildId);
  if (!guild || !channel || !bot) return OWN_REFUSAL;
  const needed = threadOpening | permission.viewChannel | permission.readMessageHistory;
  if (!hasPermission(permissionsIn(guild, channel.overwrites, bot), needed)) return OWN_REFUSAL;
  if (request.roleIds === null) return undefined;
  const roleIds = request.roleIds ?? (await fetchRoleIds(guildId, requester.id, budget, signal));
  const isAllowed =
    roleIds !== undefined &&
    hasPermission(permissionsIn(guild, channel.overwrites, { userId: requester.id, roleIds }), threadOpening);
  return isAllowed ? undefined : refused('You may not open threads in this channel.');
}

/** Undefined: they are no member. */
async function fetchRoleIds(
  guildId: string,
  userId: string,
  budget: ThreadsOptions['budget'],
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  try {
    const path = Routes.guildMember(guildId, userId);
    const member = await budget.send({ method: 'GET', path, priority: 'first-text', signal });
    return (member as APIGuildMember).roles;
  } catch (error) {
    if (error instanceof DiscordRequestError) return undefined;
    throw error;
  }
}

async function create(
  { channelId, messageId }: ThreadRequest,
  name: string,
  budget: ThreadsOptions['budget'],
  signal: AbortSignal,
): Promise<string> {
  const path = messageId === null ? Routes.threads(channelId) : Routes.threads(channelId, messageId);
  const type = messageId === null ? { type: ChannelType.PublicThread } : {};
  const send = (): Promise<unknown> =>
    budget.send({
      method: 'POST',
      path,
      priority: 'first-text',
      body: () => ({ json: { name, ...type } }),
      signal,
    });
  try {
    return toId(await send());
  } catch (error) {
    const isRepeatable = messageId !== null && !(error instanceof DiscordRequestError) && !signal.aborted;
    // A message has one thread, so that asking twice opens no second one.
    if (isRepeatable) return toId(await send());
    throw error;
  }
}

function toOpening(error: unknown, messageId: string | null): ThreadOpening {
  // Opened by somebody else, or by an attempt whose answer was lost.
  if (messageId !== null && hasDiscordCode(error, RESTJSONErrorCodes.ThreadAlreadyCreatedForMessage)) {
    return { kind: 'opened', channelId: messageId };
  }
  if (hasDiscordCode(error, RESTJSONErrorCodes.UnknownMessage)) return { kind: 'gone' };
  return hasDiscordCode(error, RESTJSONErrorCodes.MissingPermissions, RESTJSONErrorCodes.MissingAccess)
    ? OWN_REFUSAL
    : refused('A thread could not be opened here just now.');
}

function refused(reason: string): ThreadOpening {
  return { kind: 'refused', reason };
}

function toId(data: unknown): string {
  if (typeof data === 'object' && data !== null && 'id' in data && typeof data.id === 'string')
    return data.id;
  throw new SwitchboardError('thread-without-id', 'Discord opened a thread and did not say which');
}
