import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
} from 'discord.js';
import type { Command, CommandContext, CommandRequest } from '../src/discord/commands/command.ts';
import {
  channelModes,
  toSettingsScope,
  type ChannelMode,
  type Settings,
  type SettingsChange,
} from '../src/intake/settings/settings.ts';
import { whileRunningModes, type WhileRunning } from '../src/runs/ports.ts';

const whileRunningWords = {
  queue: 'it waits for its turn',
  steer: 'it joins the answer under way',
  interrupt: 'it takes the place of the answer under way',
} as const satisfies Record<WhileRunning, string>;

const modeWords = {
  mention: 'mentions of me and replies to me',
  always: 'every message',
  never: 'no message; commands still work',
  threads: 'mentions and replies, each in a thread of its own',
} as const satisfies Record<ChannelMode, string>;

/** How the bot behaves in a channel, which its moderators set, or in one's own direct messages. */
export const settings: Command = {
  definition: {
    // Only where the bot hears messages is there anything to set.
    integration_types: [ApplicationIntegrationType.GuildInstall],
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
    type: ApplicationCommandType.ChatInput,
    name: 'settings',
    description: 'How I behave in this channel, or in our direct messages',
    options: [
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'show',
        description: 'Show what is set here',
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'while-running',
        description: 'What becomes of your next message while I am still answering you',
        options: [toChoice('behavior', 'What becomes of it', whileRunningModes, whileRunningWords)],
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'mode',
        description: 'For moderators: what I answer in this channel',
        options: [toChoice('answer', 'What I answer', channelModes, modeWords)],
      },
    ],
  },
  action({ subcommand, place }) {
    if (subcommand === 'show') return 'see-settings';
    return place.guildId === null ? 'set-own' : 'set-channel';
  },
  isEphemeral: () => true,
  async execute(request, context, signal) {
    const scope = toSettingsScope(request.place, request.user.id);
    const { subcommand } = request;
    if (subcommand === 'show') {
      return { kind: 'text', text: describe(await context.settings.load(scope, signal), request) };
    }
    const change = subcommand === 'mode' ? toModeChange(request, context) : toWhileRunningChange(request);
    if (typeof change === 'string') return { kind: 'text', text: change };
    const changed = await context.settings.change(scope, change, signal);
    return { kind: 'text', text: `Set. ${describe(changed, request)}` };
  },
};

function toChoice<T extends string>(
  name: string,
  description: string,
  values: readonly T[],
  words: Readonly<Record<T, string>>,
) {
  return {
    type: ApplicationCommandOptionType.String as const,
    name,
    description,
    required: true,
    choices: values.map((value) => ({ name: `${value}: ${words[value]}`, value })),
  };
}

/** The change, or a sentence that says why there is none. */
function toModeChange(
  { options, place, interactionId }: CommandRequest,
  context: CommandContext,
): SettingsChange | string {
  const mode = channelModes.find((known) => known === options.get('answer'));
  if (!mode) return 'Please choose what I should answer.';
  if (place.guildId === null) return 'In direct messages I answer everything. The mode is for channels.';
  if (mode === 'always' && !context.messageContent) {
    return 'I cannot read messages that are not addressed to me: my operator has to switch on the message-content intent first (`MESSAGE_CONTENT_INTENT=true`). Nothing was changed.';
  }
  return { mode, at: interactionId };
}

function toWhileRunningChange({ options }: CommandRequest): SettingsChange | string {
  const whileRunning = whileRunningModes.find((known) => known === options.get('behavior'));
  return whileRunning ? { whileRunning } : 'Please choose what becomes of a message.';
}

function describe({ whileRunning, mode }: Settings, { place }: CommandRequest): string {
  const during = `If you write again while I am still answering you, ${whileRunningWords[whileRunning]} (\`${whileRunning}\`).`;
  if (place.guildId === null) return during;
  const where = `In <#${place.parentId ?? place.channelId}> and its threads`;
  return `${where} I answer ${modeWords[mode]} (\`${mode}\`). ${during}`;
}
