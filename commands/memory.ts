import { ApplicationCommandOptionType, ApplicationCommandType } from 'discord.js';
import type { Command } from '../src/discord/commands/command.ts';
import { MAX_MESSAGE_CHARACTERS } from '../src/discord/limits.ts';
import type { Fact } from '../src/memory/ports.ts';
import { everywhere } from './contexts.ts';

/** The rest is for the last line. */
const maxListCharacters = MAX_MESSAGE_CHARACTERS - 200;

/** What the bot remembers about the person who asks, for their eyes alone. */
export const memory: Command = {
  definition: {
    ...everywhere,
    type: ApplicationCommandType.ChatInput,
    name: 'memory',
    description: 'What I remember about you',
    options: [
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'show',
        description: 'Show everything you asked me to remember',
      },
      {
        type: ApplicationCommandOptionType.Subcommand,
        name: 'forget',
        description: 'Forget one thing, or everything',
        options: [
          {
            type: ApplicationCommandOptionType.String,
            name: 'id',
            description: 'The id that /memory show gives, or: all',
            required: true,
            max_length: 100,
          },
        ],
      },
    ],
  },
  action: () => 'memory-own',
  isEphemeral: () => true,
  async execute({ subcommand, options, user }, { facts }, signal) {
    if (subcommand === 'show') return { kind: 'text', text: toList(await facts.list(user.id, signal)) };
    const id = String(options.get('id') ?? '').trim();
    if (id === '') return { kind: 'text', text: 'Please give the id of what I should forget, or `all`.' };
    const isAll = id.toLowerCase() === 'all';
    const count = await facts.forget(user.id, isAll ? undefined : id, signal);
    return { kind: 'text', text: isAll ? describeAll(count) : describeOne(count) };
  },
};

/** The newest first, as many as one message holds. */
function toList(facts: readonly Fact[]): string {
  if (facts.length === 0) {
    return 'I remember nothing about you. Ask me to remember something, and it will stand here.';
  }
  const lines: string[] = [];
  let characters = 0;
  for (const fact of facts.toReversed()) {
    const line = toLine(fact);
    characters += line.length + 1;
    if (characters > maxListCharacters) break;
    lines.push(line);
  }
  const rest = facts.length - lines.length;
  return [...lines, ...(rest > 0 ? [`… and ${rest} more.`] : [])].join('\n');
}

function toLine({ id, text, at, audience }: Fact): string {
  const where = audience.kind === 'private' ? 'in private' : `in <#${audience.channelId}>`;
  const words = text.replaceAll(/[\s`]+/g, ' ').trim();
  return `\`${id}\` ${words} (said ${where}, <t:${Math.floor(at / 1000)}:d>)`;
}

function describeAll(count: number): string {
  return count === 0 ? 'There was nothing to forget.' : `Forgotten: everything (${count}).`;
}

function describeOne(count: number): string {
  return count === 0 ? 'There is nothing with that id. `/memory show` lists what I remember.' : 'Forgotten.';
}
