import {
  EmbedType,
  MessageFlags,
  MessageReferenceType,
  MessageType,
  type APIAttachment,
  type APIEmbed,
  type APIMessage,
  type APIMessageTopLevelComponent,
  type APIUser,
} from 'discord-api-types/v10';
import type { Core } from '../core.ts';
import type { UploadedFile } from '../files/file-store.ts';
import { toComponentTexts, walkComponents, type AnyComponent } from '../rest/schemas/component-walk.ts';
import type { MessageCreateBody } from '../rest/schemas/message.ts';
import { toFlags } from '../world/bits.ts';
import type { ChannelState, MessageState } from '../world/entities.ts';
import { toMentions } from './mentions.ts';
import type { ResolvedReference } from './references.ts';

export interface MessageInput {
  readonly author: APIUser;
  readonly body: MessageCreateBody;
  readonly files: readonly UploadedFile[];
  readonly reference?: ResolvedReference | undefined;
  readonly type?: MessageType;
  readonly webhookId?: string;
  readonly applicationId?: string;
  readonly interactionMetadata?: APIMessage['interaction_metadata'];
  readonly ephemeralTo?: string;
  /** Beyond those that a body may ask for: loading, ephemeral, voice message. */
  readonly extraFlags?: number;
}

const requestableFlags =
  MessageFlags.SuppressEmbeds |
  MessageFlags.SuppressNotifications |
  MessageFlags.IsComponentsV2 |
  MessageFlags.IsVoiceMessage;

/** The message as Discord would keep it. Sets nothing in the world but the bytes of its files. */
export function buildMessage(core: Core, channel: ChannelState, input: MessageInput): MessageState {
  const { body, reference, author } = input;
  const id = core.world.newId();
  const content = (body.content ?? '').trim();
  const components = toComponents(body.components);
  const attachments = storeFiles(core, channel, input);
  const mentions = toMentions(core, {
    channel,
    authorId: author.id,
    text: [content, ...toComponentTexts(components)].join('\n'),
    allowed: body.allowed_mentions ?? null,
    repliedTo: reference?.type === MessageReferenceType.Default ? reference.target : undefined,
  });
  const message: APIMessage = {
    id,
    channel_id: channel.id,
    type: input.type ?? (isReply(reference) ? MessageType.Reply : MessageType.Default),
    author,
    content,
    timestamp: new Date().toISOString(),
    edited_timestamp: null,
    tts: body.tts ?? false,
    pinned: false,
    mention_everyone: mentions.everyone,
    mentions: mentions.users,
    mention_roles: mentions.roleIds,
    attachments,
    embeds: toEmbeds(body.embeds),
    components: withFileUrls(components, attachments) as APIMessageTopLevelComponent[],
    flags: toFlags(
      ((body.flags ?? 0) & requestableFlags) | (input.extraFlags ?? 0) | flagsOf(reference),
      MessageFlags,
    ),
    ...(body.nonce === undefined || body.nonce === null ? {} : { nonce: body.nonce }),
    ...(input.webhookId === undefined ? {} : { webhook_id: input.webhookId }),
    ...(input.applicationId === undefined ? {} : { application_id: input.applicationId }),
    ...(input.interactionMetadata === undefined ? {} : { interaction_metadata: input.interactionMetadata }),
    ...(reference === undefined ? {} : referenceFields(reference)),
  };
  return {
    message,
    guildId: channel.guildId,
    reactions: new Map(),
    ephemeralTo: input.ephemeralTo ?? null,
    sentAtMs: Date.now(),
  };
}

function isReply(reference: ResolvedReference | undefined): boolean {
  return reference?.type === MessageReferenceType.Default;
}

function flagsOf(reference: ResolvedReference | undefined): number {
  return reference?.type === MessageReferenceType.Forward ? MessageFlags.HasSnapshot : 0;
}

/** A forward carries a copy of what was said, without its author. */
function referenceFields(
  reference: ResolvedReference,
): Pick<APIMessage, 'message_reference' | 'message_snapshots'> {
  const { type, target, channel } = reference;
  const message_reference = {
    type,
    message_id: target.message.id,
    channel_id: channel.id,
    ...(channel.guildId === null ? {} : { guild_id: channel.guildId }),
  };
  if (type !== MessageReferenceType.Forward) return { message_reference };
  const { content, embeds, attachments, timestamp, edited_timestamp, flags, mentions, mention_roles } =
    target.message;
  const { type: messageType, components } = target.message;
  const snapshot = {
    type: messageType,
    content,
    embeds,
    attachments,
    timestamp,
    edited_timestamp,
    flags: toFlags(flags ?? 0, MessageFlags),
    mentions,
    mention_roles,
    components: components ?? [],
  };
  return { message_reference, message_snapshots: [{ message: snapshot }] };
}

function storeFiles(core: Core, channel: ChannelState, input: MessageInput): APIAttachment[] {
  return input.files.map((file) =>
    core.files.add(core.world.newId(), channel.id, file, {
      ephemeral: input.ephemeralTo !== undefined,
    }),
  );
}

export function toEmbeds(embeds: MessageCreateBody['embeds']): APIEmbed[] {
  return (embeds ?? []).map((embed) => ({ type: EmbedType.Rich, ...(withoutNulls(embed) as object) }));
}

/** As Discord stores them: without nulls, each with an id that is unique in its message. */
export function toComponents(components: MessageCreateBody['components']): AnyComponent[] {
  if (components === undefined || components === null || components.length === 0) return [];
  const stored = withoutNulls(components) as (AnyComponent & { id?: number })[];
  let nextId = 1;
  for (const { component } of walkComponents(stored)) {
    const numbered = component as AnyComponent & { id?: number };
    numbered.id ??= nextId;
    nextId = Math.max(nextId, numbered.id) + 1;
  }
  return stored;
}

/** `attachment://name` in a component becomes the address of that file. */
export function withFileUrls(components: AnyComponent[], attachments: APIAttachment[]): AnyComponent[] {
  if (attachments.length === 0 || components.length === 0) return components;
  return JSON.parse(JSON.stringify(components), (key, value: unknown) => {
    if (key !== 'url' || typeof value !== 'string' || !value.startsWith('attachment://')) return value;
    const name = value.slice('attachment://'.length);
    return attachments.find((attachment) => attachment.filename === name)?.url ?? value;
  }) as AnyComponent[];
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutNulls(field)]));
}
