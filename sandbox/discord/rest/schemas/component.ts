import { ButtonStyle, ComponentType, TextInputStyle } from 'discord-api-types/v10';
import { z } from 'zod';
import { refuse } from '../validation.ts';

const id = z.int().nullish();
const customId = z.string().min(1).max(100);
const emoji = z.object({
  id: z.string().nullish(),
  name: z.string().nullish(),
  animated: z.boolean().nullish(),
});
const media = z.object({ url: z.string().min(1).max(2048) });

const button = z
  .object({
    type: z.literal(ComponentType.Button),
    id,
    style: z.enum(ButtonStyle),
    label: z.string().max(80).nullish(),
    emoji: emoji.nullish(),
    custom_id: customId.nullish(),
    url: z.string().max(512).nullish(),
    sku_id: z.string().nullish(),
    disabled: z.boolean().nullish(),
  })
  .superRefine((value, context) => {
    const isLink = value.style === ButtonStyle.Link;
    const isPremium = value.style === ButtonStyle.Premium;
    if (isLink && !value.url) {
      refuse(context, ['url'], 'BASE_TYPE_REQUIRED', 'A url is required');
    }
    if (!isLink && !isPremium && !value.custom_id) {
      refuse(context, ['custom_id'], 'BUTTON_COMPONENT_CUSTOM_ID_REQUIRED', 'A custom id is required');
    }
    if (isLink && value.custom_id) {
      const message = 'A custom id and url cannot both be specified';
      refuse(context, ['custom_id'], 'BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE', message);
    }
    if (!isPremium && !value.label && !value.emoji) {
      refuse(context, [], 'BUTTON_COMPONENT_INVALID_LABEL_AND_EMOJI', 'A label or an emoji is required');
    }
  });

const selectBase = {
  id,
  custom_id: customId,
  placeholder: z.string().max(150).nullish(),
  min_values: z.int().min(0).max(25).nullish(),
  max_values: z.int().min(1).max(25).nullish(),
  disabled: z.boolean().nullish(),
  required: z.boolean().nullish(),
};

const stringSelect = z.object({
  ...selectBase,
  type: z.literal(ComponentType.StringSelect),
  options: z
    .array(
      z.object({
        label: z.string().min(1).max(100),
        value: z.string().min(1).max(100),
        description: z.string().max(100).nullish(),
        emoji: emoji.nullish(),
        default: z.boolean().nullish(),
      }),
    )
    .min(1)
    .max(25)
    .superRefine((options, context) => {
      options.forEach(({ value }, index) => {
        if (options.findIndex((other) => other.value === value) === index) return;
        refuse(
          context,
          [index, 'value'],
          'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED',
          'The specified option value is already used',
        );
      });
    }),
});

const defaultValues = z.array(z.object({ id: z.string(), type: z.string() })).nullish();

const autoSelect = <T extends ComponentType>(type: T) =>
  z.object({ ...selectBase, type: z.literal(type), default_values: defaultValues });

const channelSelect = z.object({
  ...selectBase,
  type: z.literal(ComponentType.ChannelSelect),
  channel_types: z.array(z.int()).nullish(),
  default_values: defaultValues,
});

const selects = [
  stringSelect,
  autoSelect(ComponentType.UserSelect),
  autoSelect(ComponentType.RoleSelect),
  autoSelect(ComponentType.MentionableSelect),
  channelSelect,
] as const;

const textInput = z.object({
  type: z.literal(ComponentType.TextInput),
  id,
  custom_id: customId,
  style: z.enum(TextInputStyle),
  label: z.string().min(1).max(45).nullish(),
  min_length: z.int().min(0).max(4000).nullish(),
  max_length: z.int().min(1).max(4000).nullish(),
  required: z.boolean().nullish(),
  value: z.string().max(4000).nullish(),
  placeholder: z.string().max(100).nullish(),
});

const fileUpload = z.object({
  type: z.literal(ComponentType.FileUpload),
  id,
  custom_id: customId,
  min_values: z.int().min(0).max(10).nullish(),
  max_values: z.int().min(1).max(10).nullish(),
  required: z.boolean().nullish(),
});

const textDisplay = z.object({
  type: z.literal(ComponentType.TextDisplay),
  id,
  content: z.string().min(1).max(4000),
});

const maxButtonsPerRow = 5;

const actionRow = z
  .object({
    type: z.literal(ComponentType.ActionRow),
    id,
    components: z
      .array(z.discriminatedUnion('type', [button, ...selects]))
      .min(1)
      .max(maxButtonsPerRow),
  })
  .superRefine((row, context) => {
    const hasSelect = row.components.some((component) => component.type !== ComponentType.Button);
    if (!hasSelect || row.components.length === 1) return;
    const message = 'The specified component exceeds the maximum width';
    refuse(context, ['components', 1], 'COMPONENT_LAYOUT_WIDTH_EXCEEDED', message);
  });

const thumbnail = z.object({
  type: z.literal(ComponentType.Thumbnail),
  id,
  media,
  description: z.string().max(1024).nullish(),
  spoiler: z.boolean().nullish(),
});

const contentComponents = [
  actionRow,
  textDisplay,
  z.object({
    type: z.literal(ComponentType.Section),
    id,
    components: z.array(textDisplay).min(1).max(3),
    accessory: z.discriminatedUnion('type', [button, thumbnail]),
  }),
  z.object({
    type: z.literal(ComponentType.MediaGallery),
    id,
    items: z
      .array(
        z.object({
          media,
          description: z.string().max(1024).nullish(),
          spoiler: z.boolean().nullish(),
        }),
      )
      .min(1)
      .max(10),
  }),
  z.object({
    type: z.literal(ComponentType.File),
    id,
    file: media,
    spoiler: z.boolean().nullish(),
  }),
  z.object({
    type: z.literal(ComponentType.Separator),
    id,
    divider: z.boolean().nullish(),
    spacing: z.int().min(1).max(2).nullish(),
  }),
] as const;

const container = z.object({
  type: z.literal(ComponentType.Container),
  id,
  components: z.array(z.discriminatedUnion('type', contentComponents)).min(1),
  accent_color: z.int().min(0).max(0xffffff).nullish(),
  spoiler: z.boolean().nullish(),
});

/** The components of a message; which of them its flags allow is checked with the whole message. */
export const messageComponents = z
  .array(z.discriminatedUnion('type', [...contentComponents, container]))
  .max(40);

const labelled = z.discriminatedUnion('type', [textInput, fileUpload, ...selects]);

const modalRow = z.object({
  type: z.literal(ComponentType.ActionRow),
  id,
  components: z.array(textInput).length(1),
});

const label = z.object({
  type: z.literal(ComponentType.Label),
  id,
  label: z.string().min(1).max(45),
  description: z.string().max(100).nullish(),
  component: labelled,
});

export const modal = z.object({
  title: z.string().min(1).max(45),
  custom_id: customId,
  components: z
    .array(z.discriminatedUnion('type', [modalRow, label, textDisplay]))
    .min(1)
    .max(5),
});

export type ModalBody = z.output<typeof modal>;
