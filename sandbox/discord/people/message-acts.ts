import { MessageFlags, MessageReferenceType, type APIMessage, type APIUser } from 'discord-api-types/v10';
import { requireMessage, requireTextChannel } from '../actions/access.ts';
import { editMessage } from '../actions/edit-message.ts';
import { deleteMessage, sendMessage } from '../actions/messages.ts';
import { addReaction } from '../actions/reactions.ts';
import type { Core } from '../core.ts';
import type { UploadedFile } from '../files/file-store.ts';
import { messageCreateBody, messageEditBody } from '../rest/schemas/message.ts';
import { parseBody } from '../rest/validation.ts';
import type { People, SayOptions } from '../types.ts';
import type { ChannelState, MessageState } from '../world/entities.ts';
import { toMessage } from '../world/message-view.ts';
import { asPerson } from './refused.ts';

type MessageActs = Pick<People, 'say' | 'edit' | 'deleteMessage' | 'react'>;

/** Fixed, since no test looks at the shape of a sound. */
const waveform = 'AAAAAAAAAAAA';

/** What people say in channels, and what they do with messages. */
export function createMessageActs(core: Core): MessageActs {
  return {
    say(userId, channelId, content, options = {}) {
      return asPerson(core, userId, () => say(core, userId, channelId, content, options));
    },
    edit(userId, messageId, content) {
      return asPerson(core, userId, () => {
        const { channel, state } = find(core, userId, messageId);
        const allowed_mentions = undefined;
        const body = parseBody(messageEditBody, { content, allowed_mentions });
        editMessage(core, userId, channel, state, body, []);
        return toMessage(core.world, state, core.bot.id);
      });
    },
    deleteMessage(userId, messageId) {
      asPerson(core, userId, () => {
        const { channel } = find(core, userId, messageId);
        deleteMessage(core, userId, channel, messageId);
      });
    },
    react(userId, messageId, emoji) {
      asPerson(core, userId, () => {
        const { channel, state } = find(core, userId, messageId);
        addReaction(core, userId, channel, state, emoji);
      });
    },
  };
}

function say(
  core: Core,
  userId: string,
  channelId: string,
  content: string,
  options: SayOptions,
): APIMessage {
  const channel = requireTextChannel(core, userId, channelId);
  const files = (options.attachments ?? []).map(toFile);
  const isVoice = files.some((file) => file.durationSecs !== undefined);
  const body = parseBody(messageCreateBody, {
    content,
    embeds: options.embeds,
    message_reference: toReference(core, options),
    ...(options.pingReply === false
      ? { allowed_mentions: { parse: ['users', 'roles', 'everyone'], replied_user: false } }
      : {}),
  });
  const state = sendMessage(core, userId, channel, body, files, {
    ...(isVoice ? { extraFlags: MessageFlags.IsVoiceMessage } : {}),
    ...(options.webhookName === undefined ? {} : toWebhook(core, options.webhookName)),
  });
  return toMessage(core.world, state, core.bot.id);
}

function toFile(attachment: NonNullable<SayOptions['attachments']>[number]): UploadedFile {
  const { name, content, contentType, durationSecs } = attachment;
  return { name, content, contentType, ...(durationSecs === undefined ? {} : { durationSecs, waveform }) };
}

function toReference(core: Core, { replyTo, forward }: SayOptions): object | undefined {
  if (forward !== undefined) {
    const found = core.world.findMessage(forward);
    if (found === undefined) throw new Error(`There is no message ${forward} to forward`);
    return { type: MessageReferenceType.Forward, message_id: forward, channel_id: found.channel.id };
  }
  return replyTo === undefined ? undefined : { message_id: replyTo };
}

function toWebhook(core: Core, name: string): { webhookId: string; author: APIUser } {
  const id = core.world.newId();
  const author: APIUser = {
    id,
    username: name,
    discriminator: '0000',
    global_name: null,
    avatar: null,
    bot: true,
  };
  return { webhookId: id, author };
}

function find(core: Core, userId: string, messageId: string): { channel: ChannelState; state: MessageState } {
  const found = core.world.findMessage(messageId);
  if (found === undefined) throw new Error(`There is no message ${messageId}`);
  const channel = requireTextChannel(core, userId, found.channel.id);
  return { channel, state: requireMessage(channel, messageId) };
}
