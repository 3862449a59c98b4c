import { PermissionFlagsBits as P } from 'discord-api-types/v10';
import { z } from 'zod';
import {
  requireMessage,
  requireNotArchived,
  requirePermission,
  requireTextChannel,
} from '../../actions/access.ts';
import { editMessage } from '../../actions/edit-message.ts';
import { bulkDeleteMessages, deleteMessage, sendMessage } from '../../actions/messages.ts';
import { startTyping } from '../../actions/reactions.ts';
import type { Core } from '../../core.ts';
import type { ChannelState, MessageState } from '../../world/entities.ts';
import { isThread } from '../../world/channel-types.ts';
import { toMessage, toMessageWithoutContent } from '../../world/message-view.ts';
import { hasPermission } from '../../world/permissions.ts';
import type { NonceCache } from '../nonce-cache.ts';
import type { OldEditLimit } from '../old-edit-limit.ts';
import { param, type RestRequest, type Route } from '../router.ts';
import { messageCreateBody, messageEditBody } from '../schemas/message.ts';
import { parseBody } from '../validation.ts';

const name = 'channel messages';
/** Discord answers creates and edits with one hash, and counts them apart. */
const createBucket = { name, counter: 'message creates', limit: 5, windowMs: 5_000 };
const editBucket = { name, counter: 'message edits', limit: 5, windowMs: 5_000 };
const typingBucket = { name: 'typing', limit: 5, windowMs: 5_000 };
const deleteBucket = { name: 'message deletes', limit: 5, windowMs: 1_000 };

const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  before: z.string().regex(/^\d+$/).optional(),
  after: z.string().regex(/^\d+$/).optional(),
  around: z.string().regex(/^\d+$/).optional(),
});

const bulkBody = z.object({ messages: z.array(z.string().regex(/^\d+$/)) });

export function channelOf(request: RestRequest): ChannelState {
  return requireTextChannel(request.core, request.core.bot.id, param(request, 'channelId'));
}

/** The message in the path, where the bot may read the channel's history. */
export function messageOf(request: RestRequest): { channel: ChannelState; state: MessageState } {
  const channel = channelOf(request);
  requirePermission(request.core, request.core.bot.id, channel, P.ReadMessageHistory);
  return { channel, state: requireMessage(channel, param(request, 'messageId')) };
}

/** As the application gets it: without content where its intent is missing, files signed anew. */
export function toAnsweredMessage(core: Core, channel: ChannelState, state: MessageState): object {
  const message = toMessage(core.world, state, core.bot.id);
  const { messageContentIntent } = core.settings;
  const visible = messageContentIntent
    ? message
    : toMessageWithoutContent(message, core.bot.id, channel.guildId === null);
  if (visible.attachments.length === 0) return visible;
  return { ...visible, attachments: visible.attachments.map((one) => core.files.refresh(one)) };
}

export function createMessageRoutes(nonces: NonceCache, oldEdits: OldEditLimit): Route[] {
  return [...reading, ...createWritingRoutes(nonces, oldEdits), ...removing, typing];
}

const reading: readonly Route[] = [
  {
    method: 'GET',
    path: '/channels/:channelId/messages',
    handle(request) {
      const { core, query } = request;
      const channel = channelOf(request);
      // Discord answers with an empty list where the history may not be read.
      if (!hasPermission(core.world, channel, core.bot.id, P.ReadMessageHistory)) return { body: [] };
      const found = channel.log.list(parseBody(listQuery, Object.fromEntries(query)));
      return { body: found.map((state) => toAnsweredMessage(core, channel, state)) };
    },
  },
  {
    method: 'GET',
    path: '/channels/:channelId/messages/:messageId',
    handle(request) {
      const { channel, state } = messageOf(request);
      return { body: toAnsweredMessage(request.core, channel, state) };
    },
  },
];

function createWritingRoutes(nonces: NonceCache, oldEdits: OldEditLimit): Route[] {
  return [
    {
      method: 'POST',
      path: '/channels/:channelId/messages',
      bucket: createBucket,
      handle(request) {
        const { core, files } = request;
        const channel = channelOf(request);
        const body = parseBody(messageCreateBody, request.body ?? {});
        const known = nonces.find(body);
        if (known !== undefined) return { body: toMessage(core.world, known, core.bot.id) };
        const state = sendMessage(core, core.bot.id, channel, body, files);
        nonces.keep(body, state);
        return { body: toMessage(core.world, state, core.bot.id) };
      },
    },
    {
      method: 'PATCH',
      path: '/channels/:channelId/messages/:messageId',
      bucket: editBucket,
      handle(request) {
        const { core, files } = request;
        const channel = channelOf(request);
        const state = requireMessage(channel, param(request, 'messageId'));
        const body = parseBody(messageEditBody, request.body ?? {});
        oldEdits.check(channel.id, state);
        editMessage(core, core.bot.id, channel, state, body, files);
        return { body: toMessage(core.world, state, core.bot.id) };
      },
    },
  ];
}

const removing: readonly Route[] = [
  {
    method: 'DELETE',
    path: '/channels/:channelId/messages/:messageId',
    bucket: deleteBucket,
    handle(request) {
      deleteMessage(request.core, request.core.bot.id, channelOf(request), param(request, 'messageId'));
      return {};
    },
  },
  {
    method: 'POST',
    path: '/channels/:channelId/messages/bulk-delete',
    bucket: { name: 'bulk deletes', limit: 1, windowMs: 1_000 },
    handle(request) {
      const { messages } = parseBody(bulkBody, request.body);
      bulkDeleteMessages(request.core, request.core.bot.id, channelOf(request), messages);
      return {};
    },
  },
];

const typing: Route = {
  method: 'POST',
  path: '/channels/:channelId/typing',
  bucket: typingBucket,
  handle(request) {
    const { core } = request;
    const channel = channelOf(request);
    requirePermission(
      core,
      core.bot.id,
      channel,
      isThread(channel) ? P.SendMessagesInThreads : P.SendMessages,
    );
    requireNotArchived(channel);
    startTyping(core, core.bot.id, channel);
    return {};
  },
};
