import { ApplicationCommandOptionType, ApplicationCommandType } from 'discord.js';
import type { Command, CommandRequest } from '../src/discord/commands/command.ts';
import { everywhere } from './contexts.ts';

export const ask: Command = {
  definition: {
    ...everywhere,
    type: ApplicationCommandType.ChatInput,
    name: 'ask',
    description: 'Ask a question',
    options: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'question',
        description: 'What you want to know',
        required: true,
        max_length: 6_000,
      },
      {
        type: ApplicationCommandOptionType.Boolean,
        name: 'private',
        description: 'Only you see the answer',
      },
    ],
  },
  action: () => 'ask',
  isEphemeral: isPrivate,
  async execute(request, { intake }) {
    const text = request.options.get('question');
    if (typeof text !== 'string' || text.trim() === '') {
      return { kind: 'text', text: 'Please write a question.' };
    }
    const { interactionId, token, createdAt, place, user } = request;
    await intake.onQuestion({
      interactionId,
      token,
      createdAt,
      place,
      author: { ...user, isBot: false, isWebhook: false },
      text,
      isPrivate: isPrivate(request),
    });
    return { kind: 'run' };
  },
};

/** Where the bot is no member it cannot know who reads along. */
function isPrivate({ options, isForeignDm }: CommandRequest): boolean {
  return isForeignDm || options.get('private') === true;
}
