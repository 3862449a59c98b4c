import { ApplicationCommandType } from 'discord.js';
import type { Command } from '../src/discord/commands/command.ts';
import { everywhere } from './contexts.ts';
import { submitQuestion } from './submit-question.ts';

/** A message in the language of the person's own client, for that person alone. */
export const translate: Command = {
  definition: { ...everywhere, type: ApplicationCommandType.Message, name: 'Translate' },
  action: () => 'ask',
  isEphemeral: () => true,
  async execute(request, context) {
    const { target, locale } = request;
    const hasContent = target && (target.message.content !== '' || target.message.attachments.length > 0);
    if (!hasContent) return { kind: 'text', text: 'There is nothing to translate in that message.' };
    const language = toLanguageName(locale);
    const text = `Translate the quoted message into ${language}. Write only the translation, in the form of the original. If it is in ${language} already, say so in one sentence instead.`;
    return submitQuestion(request, { text, isPrivate: true, quoted: [target.message] }, context);
  },
};

/** In English: `de` is German, `pt-BR` is Brazilian Portuguese. */
function toLanguageName(locale: string): string {
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(locale) ?? locale;
  } catch {
    // Discord may come up with a code that is none.
    return 'English';
  }
}
