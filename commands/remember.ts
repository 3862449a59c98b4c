import { ApplicationCommandType } from 'discord.js';
import type { Command, CommandRequest, CommandTarget } from '../src/discord/commands/command.ts';
import { SwitchboardError } from '../src/errors.ts';
import { toAudience } from '../src/intake/to-run.ts';
import { cleanText } from '../src/lib/clean-text.ts';
import { toSafeName } from '../src/lib/safe-name.ts';
import { shorten } from '../src/lib/shorten.ts';
import type { Audience } from '../src/memory/audience.ts';
import { DEFAULT_FACT_LIMITS } from '../src/memory/fact-memory.ts';
import { everywhere } from './contexts.ts';

/** Keeps what a message says as a fact of the person who asks for it, with the name of whoever wrote it. */
export const rememberMessage: Command = {
  definition: { ...everywhere, type: ApplicationCommandType.Message, name: 'Remember this' },
  action: () => 'memory-own',
  isEphemeral: () => true,
  async execute(request, { facts }, signal) {
    const { target, user } = request;
    if (!target || target.message.content.trim() === '') {
      return { kind: 'text', text: 'There is no text in that message that I could remember.' };
    }
    const fact = toFact(target);
    try {
      await facts.remember(user.id, { text: fact.text, audience: audienceOf(request, target) }, signal);
    } catch (error) {
      if (!(error instanceof SwitchboardError) || error.code !== 'too-many-facts') throw error;
      return { kind: 'text', text: `I cannot keep more: ${error.message} See \`/memory\`.` };
    }
    const how = fact.isShortened ? 'I remember its beginning' : 'I remember this';
    return { kind: 'text', text: `${how}: ${fact.text}\n-# \`/memory\` shows and forgets what I keep.` };
  },
};

/** It may come up again where the message itself could be read. */
function audienceOf({ place, user }: CommandRequest, { isEphemeral }: CommandTarget): Audience {
  return toAudience({ place, userId: user.id, isPrivate: isEphemeral });
}

function toFact({ message }: CommandTarget): { readonly text: string; readonly isShortened: boolean } {
  const opening = `${toSafeName(message.authorName)} wrote: “`;
  const words = cleanText(message.content).replaceAll(/\s+/g, ' ').trim();
  const room = DEFAULT_FACT_LIMITS.maxCharacters - opening.length - 1;
  return { text: `${opening}${shorten(words, room)}”`, isShortened: words.length > room };
}
