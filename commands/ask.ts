import { ApplicationCommandOptionType, ApplicationCommandType } from 'discord.js';
import type { Command, CommandRequest } from '../src/discord/commands/command.ts';
import { MAX_FIELD_CHARACTERS } from '../src/discord/limits.ts';
import { everywhere } from './contexts.ts';
import { submitQuestion } from './submit-question.ts';

/** Without a question it opens a form that has room for a long one. */
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
        description: 'What you want to know; leave it out to write at length',
        max_length: 6_000,
      },
      {
        type: ApplicationCommandOptionType.Boolean,
        name: 'private',
        description: 'Only you see the answer',
      },
      {
        type: ApplicationCommandOptionType.Attachment,
        name: 'attachment',
        description: 'A file that the question is about',
      },
      {
        type: ApplicationCommandOptionType.String,
        name: 'model',
        description: 'Which model should answer',
        autocomplete: true,
        max_length: 100,
      },
    ],
  },
  action: () => 'ask',
  isEphemeral: isPrivate,
  form: ({ options, attachments }) =>
    options.has('question')
      ? undefined
      : {
          title: 'Ask a question',
          fields: [
            {
              name: 'question',
              label: 'What do you want to know?',
              isRequired: attachments.size === 0,
              maxCharacters: MAX_FIELD_CHARACTERS,
            },
          ],
        },
  choices({ name, text }, { models }) {
    if (name !== 'model') return [];
    return models.filter((model) => model.toLowerCase().includes(text.trim().toLowerCase()));
  },
  async execute(request, context) {
    const text = String(request.options.get('question') ?? '').trim();
    const attachments = [...request.attachments.values()];
    if (text === '' && attachments.length === 0) return { kind: 'text', text: 'Please write a question.' };
    const model = request.options.get('model');
    const question = { text, isPrivate: isPrivate(request), attachments };
    if (typeof model !== 'string') return submitQuestion(request, question, context);
    if (!context.models.includes(model)) {
      return { kind: 'text', text: `I cannot ask that model. ${describeModels(context.models)}` };
    }
    return submitQuestion(request, { ...question, model }, context);
  },
};

/** Where the bot is no member it cannot know who reads along. */
function isPrivate({ options, isForeignDm }: CommandRequest): boolean {
  return isForeignDm || options.get('private') === true;
}

function describeModels(models: readonly string[]): string {
  const names = models.map((name) => `\`${name}\``).join(', ');
  return models.length === 1 ? `There is only ${names}.` : `You can choose ${names}.`;
}
