import { ComponentType, MessageFlags } from 'discord-api-types/v10';
import { z } from 'zod';
import { refuse } from '../validation.ts';
import { messageComponents } from './component.ts';
import { embeds } from './embed.ts';
import { toComponentTexts, walkComponents } from './component-walk.ts';

/** https://discord.com/developers/docs/resources/message#create-message */
const maxContentCharacters = 2_000;
/** https://discord.com/developers/docs/components/reference#container */
const maxComponents = 40;
const maxComponentCharacters = 4_000;

const snowflake = z.string().regex(/^\d{1,20}$/);

const allowedMentions = z
  .object({
    parse: z.array(z.enum(['roles', 'users', 'everyone'])).nullish(),
    roles: z.array(snowflake).max(100).nullish(),
    users: z.array(snowflake).max(100).nullish(),
    replied_user: z.boolean().nullish(),
  })
  .superRefine((value, context) => {
    for (const kind of ['users', 'roles'] as const) {
      if (!value.parse?.includes(kind) || (value[kind] ?? []).length === 0) continue;
      const message = `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`;
      refuse(context, [], 'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE', message);
    }
  });

const attachments = z
  .array(
    z.object({
      id: z.union([z.string(), z.int()]),
      filename: z.string().nullish(),
      description: z.string().max(1024).nullish(),
      duration_secs: z.number().nullish(),
      waveform: z.string().nullish(),
    }),
  )
  .max(10);

const shared = {
  content: z.string().max(maxContentCharacters).nullish(),
  embeds: embeds.nullish(),
  allowed_mentions: allowedMentions.nullish(),
  components: messageComponents.nullish(),
  flags: z.int().nullish(),
  attachments: attachments.nullish(),
};

interface WithComponents {
  readonly content?: string | null | undefined;
  readonly embeds?: readonly unknown[] | null | undefined;
  readonly components?: z.output<typeof messageComponents> | null | undefined;
  readonly flags?: number | null | undefined;
}

/** Which components a message may have follows from its flags; ids of controls are unique in it. */
function refineComponents(value: WithComponents, context: z.core.$RefinementCtx): void {
  const components = value.components ?? [];
  const isV2 = ((value.flags ?? 0) & MessageFlags.IsComponentsV2) !== 0;
  if (isV2) {
    refineV2(value, context);
  } else {
    if (components.length > 5) {
      refuse(context, ['components'], 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 5 in length.');
    }
    components.forEach((component, index) => {
      if (component.type === ComponentType.ActionRow) return;
      const message = `Value of field "type" must be one of (1,).`;
      refuse(context, ['components', index, 'type'], 'UNION_TYPE_CHOICES', message);
    });
  }
  const seen = new Set<string>();
  for (const { component, path } of walkComponents(components)) {
    const customId = 'custom_id' in component ? component.custom_id : undefined;
    if (!customId) continue;
    if (seen.has(customId)) {
      const message = 'Component custom id cannot be duplicated';
      refuse(context, ['components', ...path, 'custom_id'], 'COMPONENT_CUSTOM_ID_DUPLICATED', message);
    }
    seen.add(customId);
  }
}

function refineV2(value: WithComponents, context: z.core.$RefinementCtx): void {
  const components = value.components ?? [];
  if (value.content || (value.embeds ?? []).length > 0) {
    const message =
      'The "content" and "embeds" fields cannot be used when using MessageFlags.IS_COMPONENTS_V2';
    refuse(context, ['flags'], 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2', message);
  }
  if ([...walkComponents(components)].length > maxComponents) {
    const message = `The maximum number of components is ${maxComponents}`;
    refuse(context, ['components'], 'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED', message);
  }
  if (toComponentTexts(components).join('').length > maxComponentCharacters) {
    const message = `The total number of characters over all components must be ${maxComponentCharacters} or fewer`;
    refuse(context, ['components'], 'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED', message);
  }
}

/** The same rules for a message that is put together from what it was and an edit. */
export const componentRules = z.custom<WithComponents>().superRefine(refineComponents);

export const messageCreateBody = z
  .object({
    ...shared,
    tts: z.boolean().nullish(),
    nonce: z.union([z.string().max(25), z.int()]).nullish(),
    enforce_nonce: z.boolean().nullish(),
    message_reference: z
      .object({
        type: z.int().min(0).max(1).nullish(),
        message_id: snowflake.nullish(),
        channel_id: snowflake.nullish(),
        guild_id: snowflake.nullish(),
        fail_if_not_exists: z.boolean().nullish(),
      })
      .nullish(),
    sticker_ids: z.array(z.never()).nullish(),
  })
  .superRefine(refineComponents);

export const messageEditBody = z.object(shared).superRefine((value, context) => {
  // Whether an edit is of the second kind of components is known only with the message itself.
  if (((value.flags ?? 0) & MessageFlags.IsComponentsV2) !== 0) refineComponents(value, context);
});

export type MessageCreateBody = z.output<typeof messageCreateBody>;
export type MessageEditBody = z.output<typeof messageEditBody>;
export type AllowedMentionsBody = z.output<typeof allowedMentions>;
