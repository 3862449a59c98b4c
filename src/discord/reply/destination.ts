import { createHash } from 'node:crypto';
import { RESTJSONErrorCodes, Routes, SnowflakeUtil } from 'discord.js';
import type { Log } from '../../observability/log.ts';
import { isTokenOnly } from '../../runs/answer-window.ts';
import type { Run } from '../../runs/run.ts';
import type { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { HttpMethod, RequestBody } from '../outgoing/outgoing-request.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { toShutBy } from './channel-refusals.ts';
import { toMessageBody } from './message-body.ts';
import type { MessageContent } from './message-body.ts';
import type { ReplyTimings } from './timings.ts';

/** A request that shows one message of an answer. */
export interface Target {
  readonly method: HttpMethod;
  readonly path: string;
  toBody(content: MessageContent): RequestBody;
}

/** Where an answer goes: as a reply into its channel, or through the token of its interaction. */
export interface Destination {
  /** How to show the answer's message of that index: created, or edited where it has an id. */
  target(index: number, messageId: string | undefined): Target;
  /** Changes the way after a refusal of a create or an edit. False: there is no other. */
  takeDetour(error: DiscordRequestError, isCreate: boolean): boolean;
}

export interface DestinationOptions {
  readonly applicationId: () => string;
  readonly timings: Pick<ReplyTimings, 'tokenLifeMs'>;
  /** epoch ms */
  readonly now: () => number;
}

/** The bot may not refer to what it may not read. */
const MAY_NOT_REFER: number = RESTJSONErrorCodes.CannotReplyWithoutPermissionToReadMessageHistory;
/** The interaction's webhook or its token is no longer there, or its follow-ups are used up. */
const TOKEN_REFUSED: ReadonlySet<number> = new Set([
  RESTJSONErrorCodes.UnknownWebhook,
  RESTJSONErrorCodes.UnknownInteraction,
  RESTJSONErrorCodes.ThisInteractionHasHitTheMaximumNumberOfFollowUpMessages,
  RESTJSONErrorCodes.InvalidWebhookToken,
]);

export function createDestination(run: Run, options: DestinationOptions): Destination {
  const { origin } = run;
  let replyTo = toReplyTarget(run);
  let isTokenUsable = origin.kind === 'interaction';

  // A run made once more is younger than its interaction.
  const tokenIssuedAt =
    origin.kind === 'interaction' ? SnowflakeUtil.timestampFrom(origin.interactionId) : run.createdAt;
  const nonceSuffix = toNonceSuffix(run);
  // A token speaks for one earlier message, as `@original`; where there are more, the channel does.
  const earlier = new Set((run.replaces?.messageIds.length ?? 0) > 1 ? run.replaces?.messageIds : []);

  const usesToken = (): boolean => {
    const isOver = options.now() > tokenIssuedAt + options.timings.tokenLifeMs;
    if (isOver && !isTokenOnly(origin)) isTokenUsable = false;
    return isTokenUsable;
  };

  return {
    target(index, messageId) {
      const isEarlier = messageId !== undefined && earlier.has(messageId);
      if (origin.kind === 'interaction' && usesToken() && (isTokenOnly(origin) || !isEarlier)) {
        return toTokenTarget(options.applicationId(), origin, index, messageId);
      }
      if (messageId !== undefined) {
        const path = Routes.channelMessage(run.channelId, messageId);
        return { method: 'PATCH', path, toBody: toMessageBody };
      }
      const reference = index === 0 ? replyTo : undefined;
      return {
        method: 'POST',
        path: Routes.channelMessages(run.channelId),
        toBody: (content) =>
          toMessageBody({
            ...content,
            replyTo: reference,
            nonce: `${run.id}.${index}${nonceSuffix}`,
          }),
      };
    },
    takeDetour(error, isCreate) {
      const { discordCode } = error;
      if (isTokenUsable) {
        if (isTokenOnly(origin) || !TOKEN_REFUSED.has(discordCode)) return false;
        isTokenUsable = false;
        return true;
      }
      if (!isCreate || replyTo === undefined || !mayBeReference(error)) return false;
      replyTo = undefined;
      return true;
    },
  };
}

/**
 * The message that an answer refers to; undefined where it stands in another channel: a thread that was opened under a
 * question does not hold the question.
 */
export function toReplyTarget({ origin, channelId }: Run): string | undefined {
  return origin.kind === 'message' && origin.messageId !== channelId ? origin.messageId : undefined;
}

/** Discord has several codes for a reference that cannot be made, 50035 among them: without it costs one more try. */
function mayBeReference({ status, discordCode }: DiscordRequestError): boolean {
  if (discordCode === MAY_NOT_REFER) return true;
  return (status === 400 || status === 404) && toShutBy(discordCode) === undefined;
}

/** Removes a message by its path. Never rejects: one that is gone already, or out of reach, stays so. */
export async function removeMessage(
  { budget, log }: { budget: Pick<OutgoingBudget, 'send'>; log: Pick<Log, 'debug'> },
  path: string,
): Promise<void> {
  try {
    await budget.send({ method: 'DELETE', path, priority: 'final-text' });
  } catch (error) {
    log.debug({ err: error }, 'a message could not be removed');
  }
}

/** A deferred interaction shows by itself that the bot is thinking. An answer made once more shows the earlier one. */
export function showsThinking({ origin, replaces }: Run): boolean {
  return origin.kind === 'interaction' && (replaces === null || isTokenOnly(origin));
}

/** Where the bot is no member Discord takes five messages beside the first. */
export function toMaxMessages({ origin }: Run): number {
  return origin.kind === 'interaction' && origin.isForeign ? 6 : Infinity;
}

/**
 * A run made once more may create what it had created and removed: another message, so another nonce. It is that of
 * the time of the wish and not of its words, which may come back, or change while the run is at work.
 */
function toNonceSuffix({ replaces, createdAt }: Run): string {
  return replaces ? createHash('sha256').update(String(createdAt)).digest('base64url').slice(0, 3) : '';
}

function toTokenTarget(
  applicationId: string,
  { token, isPrivate }: { token: string; isPrivate: boolean },
  index: number,
  messageId: string | undefined,
): Target {
  if (index > 0 && messageId === undefined) {
    return {
      method: 'POST',
      path: Routes.webhook(applicationId, token),
      toBody: (content) => toMessageBody({ ...content, isEphemeral: isPrivate }),
    };
  }
  const path = Routes.webhookMessage(applicationId, token, index === 0 ? '@original' : messageId);
  return { method: 'PATCH', path, toBody: toMessageBody };
}
