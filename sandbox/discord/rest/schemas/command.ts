import {
  ApplicationCommandOptionType as OptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
} from 'discord-api-types/v10';
import { z } from 'zod';
import { refuse } from '../validation.ts';

/** https://discord.com/developers/docs/interactions/application-commands */
const maxCommandCharacters = 8_000;
const namePattern = /^[-_'\p{L}\p{N}\p{sc=Devanagari}\p{sc=Thai}]{1,32}$/u;

const localizations = z.record(z.string(), z.string().nullable()).nullish();
const optionName = z
  .string()
  .regex(namePattern)
  .refine((name) => name === name.toLowerCase(), {
    message: 'String value did not match validation regex.',
    params: { discord: 'APPLICATION_COMMAND_INVALID_NAME' },
  });

const choice = z.object({
  name: z.string().min(1).max(100),
  name_localizations: localizations,
  value: z.union([z.string().min(1).max(100), z.number()]),
});

export interface OptionBody {
  type: OptionType;
  name: string;
  name_localizations?: Record<string, string | null> | null | undefined;
  description: string;
  description_localizations?: Record<string, string | null> | null | undefined;
  required?: boolean | null | undefined;
  choices?: z.output<typeof choice>[] | null | undefined;
  options?: OptionBody[] | null | undefined;
  channel_types?: number[] | null | undefined;
  min_value?: number | null | undefined;
  max_value?: number | null | undefined;
  min_length?: number | null | undefined;
  max_length?: number | null | undefined;
  autocomplete?: boolean | null | undefined;
}

const option: z.ZodType<OptionBody> = z.lazy(() =>
  z
    .object({
      type: z.enum(OptionType),
      name: optionName,
      name_localizations: localizations,
      description: z.string().min(1).max(100),
      description_localizations: localizations,
      required: z.boolean().nullish(),
      choices: z.array(choice).max(25).nullish(),
      options: options.nullish(),
      channel_types: z.array(z.int()).nullish(),
      min_value: z.number().nullish(),
      max_value: z.number().nullish(),
      min_length: z.int().min(0).max(6000).nullish(),
      max_length: z.int().min(1).max(6000).nullish(),
      autocomplete: z.boolean().nullish(),
    })
    .superRefine((value, context) => {
      if (value.autocomplete === true && (value.choices ?? []).length > 0) {
        const message = 'Autocomplete cannot be set to true if choices are present';
        refuse(context, ['autocomplete'], 'APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID', message);
      }
    }),
);

const options: z.ZodType<OptionBody[]> = z
  .array(option)
  .max(25)
  .superRefine((all, context) => {
    const names = all.map(({ name }) => name);
    const firstOptional = all.findIndex(({ required }) => required !== true);
    all.forEach((one, index) => {
      if (names.indexOf(one.name) !== index) {
        const message = 'Option name already exists';
        refuse(context, [index, 'name'], 'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS', message);
      }
      if (one.required === true && firstOptional >= 0 && firstOptional < index) {
        const message = 'Required options must be placed before non-required options';
        refuse(context, [index], 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID', message);
      }
    });
    const grouped = all.filter(({ type }) => isGroupOrSubcommand(type)).length;
    if (grouped > 0 && grouped < all.length) {
      const message =
        'Sub-command and sub-command group option types are mutually exclusive to all other types';
      refuse(context, [], 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', message);
    }
  });

export function isGroupOrSubcommand(type: OptionType): boolean {
  return type === OptionType.Subcommand || type === OptionType.SubcommandGroup;
}

export const commandBody = z
  .object({
    id: z.string().nullish(),
    type: z.enum(ApplicationCommandType).nullish(),
    name: z.string().min(1).max(32),
    name_localizations: localizations,
    description: z.string().max(100).nullish(),
    description_localizations: localizations,
    options: options.nullish(),
    default_member_permissions: z.string().regex(/^\d+$/).nullish(),
    dm_permission: z.boolean().nullish(),
    integration_types: z.array(z.enum(ApplicationIntegrationType)).min(1).nullish(),
    contexts: z.array(z.enum(InteractionContextType)).min(1).nullish(),
    nsfw: z.boolean().nullish(),
  })
  .superRefine((command, context) => {
    const isChatInput =
      (command.type ?? ApplicationCommandType.ChatInput) === ApplicationCommandType.ChatInput;
    if (isChatInput && !optionName.safeParse(command.name).success) {
      refuse(context, ['name'], 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
    }
    if (isChatInput && !command.description) {
      refuse(context, ['description'], 'BASE_TYPE_REQUIRED', 'This field is required');
    }
    if (!isChatInput && command.description) {
      const message = 'Context menu commands cannot have description';
      refuse(context, ['description'], 'APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID', message);
    }
    if (!isChatInput && (command.options ?? []).length > 0) {
      const message = 'Context menu commands cannot have options';
      refuse(context, ['options'], 'APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID', message);
    }
    if (toCharacters({ ...command, description: command.description ?? '' }) > maxCommandCharacters) {
      const message = `Command exceeds maximum size (${maxCommandCharacters})`;
      refuse(context, [], 'APPLICATION_COMMAND_TOO_LARGE', message);
    }
  });

export const commandsBody = z.array(commandBody).superRefine((commands, context) => {
  const seen = new Set<string>();
  commands.forEach(({ name, type }, index) => {
    const key = `${type ?? ApplicationCommandType.ChatInput} ${name}`;
    if (seen.has(key)) {
      const message = 'Application command names must be unique';
      refuse(context, [index], 'APPLICATION_COMMANDS_DUPLICATE_NAME', message);
    }
    seen.add(key);
  });
});

export type CommandBody = z.output<typeof commandBody>;

/** Names, descriptions and choices together, of each field the longest of its languages. */
function toCharacters(
  part: Omit<OptionBody, 'type' | 'options'> & { options?: OptionBody[] | null | undefined },
): number {
  const choices = (part.choices ?? []).reduce(
    (sum, { name, name_localizations, value }) =>
      sum + longest(name, name_localizations) + String(value).length,
    0,
  );
  const below = (part.options ?? []).reduce((sum, one) => sum + toCharacters(one), 0);
  return (
    longest(part.name, part.name_localizations) +
    longest(part.description, part.description_localizations) +
    choices +
    below
  );
}

function longest(text: string, others: Record<string, string | null> | null | undefined): number {
  return Math.max(text.length, ...Object.values(others ?? {}).map((other) => other?.length ?? 0));
}
