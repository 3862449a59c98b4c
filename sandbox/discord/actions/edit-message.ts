import { MessageFlags, type APIAttachment, type APIMessage } from 'discord-api-types/v10';
import type { APIMessageTopLevelComponent } from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import type { UploadedFile } from '../files/file-store.ts';
import { refusals } from '../rest/api-error.ts';
import { toComponentTexts } from '../rest/schemas/component-walk.ts';
import type { AnyComponent } from '../rest/schemas/component-walk.ts';
import { componentRules, type MessageEditBody } from '../rest/schemas/message.ts';
import { parseBody } from '../rest/validation.ts';
import { toFlags } from '../world/bits.ts';
import type { ChannelState, MessageState } from '../world/entities.ts';
import { isOwnMessage, requireNotArchived } from './access.ts';
import { toComponents, toEmbeds, withFileUrls } from './build-message.ts';
import { toMentions } from './mentions.ts';
import { isEmpty, suppressEmbeds, updateMessage } from './messages.ts';

/** Edits as a user; content, embeds, components, files and flags that are absent stay as they are. */
export function editMessage(
  core: Core,
  userId: string,
  channel: ChannelState,
  state: MessageState,
  body: MessageEditBody,
  files: readonly UploadedFile[],
): void {
  requireNotArchived(channel);
  if (!isOwnMessage(state, userId)) {
    const onlyFlags = Object.entries(body).every(([key, value]) => key === 'flags' || value === undefined);
    if (!onlyFlags) throw refusals.notTheAuthor();
    const suppress = ((body.flags ?? 0) & MessageFlags.SuppressEmbeds) !== 0;
    suppressEmbeds(core, userId, channel, state, suppress);
    return;
  }
  applyEdit(core, channel, state, body, files);
}

/** The edit itself, for those who may. */
export function applyEdit(
  core: Core,
  channel: ChannelState,
  state: MessageState,
  body: MessageEditBody,
  files: readonly UploadedFile[],
): void {
  const changes = toChanges(core, channel, state, body, files);
  if (isEmpty({ ...state.message, ...changes })) throw refusals.emptyMessage();
  updateMessage(core, channel, state, changes);
}

function toChanges(
  core: Core,
  channel: ChannelState,
  state: MessageState,
  body: MessageEditBody,
  files: readonly UploadedFile[],
): Partial<APIMessage> {
  const before = state.message;
  const content = body.content === undefined ? before.content : (body.content ?? '').trim();
  const attachments = toAttachments(core, channel, state, body, files);
  const components =
    body.components === undefined
      ? ((before.components ?? []) as AnyComponent[])
      : withFileUrls(toComponents(body.components), attachments);
  const flags = toEditedFlags(before.flags ?? 0, body.flags);
  const embeds = body.embeds === undefined ? before.embeds : toEmbeds(body.embeds);
  checkComponents(body, { content, embeds, flags });
  const mentions = toMentions(core, {
    channel,
    authorId: before.author.id,
    text: [content, ...toComponentTexts(components)].join('\n'),
    allowed: body.allowed_mentions ?? null,
    repliedTo: undefined,
  });
  const isReworded = body.content !== undefined || body.components !== undefined;
  return {
    content,
    embeds,
    attachments,
    components: components as APIMessageTopLevelComponent[],
    flags: toFlags(flags, MessageFlags),
    edited_timestamp: new Date().toISOString(),
    ...(isReworded
      ? {
          mentions: withReplied(before, mentions.users),
          mention_roles: mentions.roleIds,
          mention_everyone: mentions.everyone,
        }
      : {}),
  };
}

/** Whether somebody was pinged by a reply is decided when it is sent. */
function withReplied(before: APIMessage, users: APIMessage['mentions']): APIMessage['mentions'] {
  const target = before.message_reference === undefined ? [] : before.mentions;
  const named = new Set(users.map((user) => user.id));
  const kept = target.filter((user) => !named.has(user.id) && !before.content.includes(user.id));
  return [...users, ...kept];
}

/** Of the flags, an edit can set only these; the second kind of components cannot be taken back. */
function toEditedFlags(before: number, requested: number | null | undefined): number {
  if (requested === undefined || requested === null) return before & ~MessageFlags.Loading;
  const suppress = MessageFlags.SuppressEmbeds;
  const kept = before & ~MessageFlags.Loading & ~suppress;
  return kept | (requested & (suppress | MessageFlags.IsComponentsV2));
}

function checkComponents(
  body: MessageEditBody,
  after: { content: string; embeds: readonly unknown[]; flags: number },
): void {
  if (body.components === undefined && body.content === undefined && body.embeds === undefined) return;
  parseBody(componentRules, { ...after, components: body.components });
}

function toAttachments(
  core: Core,
  channel: ChannelState,
  state: MessageState,
  body: MessageEditBody,
  files: readonly UploadedFile[],
): APIAttachment[] {
  const listed = body.attachments;
  const kept =
    listed === undefined
      ? state.message.attachments
      : state.message.attachments.filter((one) => (listed ?? []).some(({ id }) => String(id) === one.id));
  const added = files.map((file) =>
    core.files.add(core.world.newId(), channel.id, file, { ephemeral: state.ephemeralTo !== null }),
  );
  return [...kept, ...added];
}
