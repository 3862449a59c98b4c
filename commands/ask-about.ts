import { ApplicationCommandType } from 'discord.js';
import type { Command } from '../src/discord/commands/command.ts';
import { MAX_FIELD_CHARACTERS } from '../src/discord/limits.ts';
import { everywhere } from './contexts.ts';
import { submitQuestion } from './submit-question.ts';

/** Asks for a question about a message, and answers it for that person alone. */
export const askAbout: Command = {
  definition: { ...everywhere, type: ApplicationCommandType.Message, name: 'Ask about this' },
  action: () => 'ask',
  isEphemeral: () => true,
  form: () => ({
    title: 'Ask about this message',
    fields: [
      {
        name: 'question',
        label: 'What do you want to know about it?',
        placeholder: 'Only you see the answer.',
        isRequired: true,
        maxCharacters: MAX_FIELD_CHARACTERS,
      },
    ],
  }),
  async execute(request, context) {
    const text = String(request.options.get('question') ?? '').trim();
    if (text === '') return { kind: 'text', text: 'Please write a question.' };
    const quoted = request.target ? [request.target.message] : [];
    return submitQuestion(request, { text, isPrivate: true, quoted }, context);
  },
};
