import { ApplicationCommandType } from 'discord.js';
import type { Command, CommandRequest, CommandTarget } from '../src/discord/commands/command.ts';
import { MAX_MESSAGES_READ } from '../src/discord/limits.ts';
import { SwitchboardError } from '../src/errors.ts';
import type { QuotedMessage } from '../src/intake/incoming.ts';
import type { ChannelMessage } from '../src/tools/tool.ts';
import { everywhere } from './contexts.ts';
import { submitQuestion } from './submit-question.ts';

const maxCharacters = 20_000;

/** Sums up what was said in a channel from a message on, for one person, who must be able to read it all. */
export const summarize: Command = {
  definition: { ...everywhere, type: ApplicationCommandType.Message, name: 'Summarize from here' },
  action: () => 'ask',
  isEphemeral: () => true,
  async execute(request, context, signal) {
    const { target, place, user } = request;
    if (!target) return { kind: 'text', text: 'That message is no longer there.' };
    if (request.isForeign) return { kind: 'text', text: describeForeign(request) };
    const read = { channelId: place.channelId, userId: user.id, messageId: target.message.id };
    const messages = await context.history
      .messagesFrom({ ...read, limit: MAX_MESSAGES_READ }, signal)
      .catch(toRefusal);
    if (messages === 'refused') {
      const text =
        'I may not read the messages here. It takes the permissions View Channel and Read Message History in this channel, for you and for me.';
      return { kind: 'text', text };
    }
    const selection = select(messages, target);
    if (selection.quoted.length === 0) {
      return { kind: 'text', text: 'None of these messages has a text that I can read.' };
    }
    const notice = toNotice(selection);
    const question = { text: prompt, isPrivate: true, quoted: selection.quoted };
    return submitQuestion(request, { ...question, ...(notice !== '' && { notice }) }, context);
  },
};

const prompt =
  'Summarize the quoted messages, which are a conversation in the order in which it was written: what it was about, who said what where that matters, what was decided and what is still open. Write in the language in which most of them are written.';

function describeForeign({ isForeignDm }: CommandRequest): string {
  const where = isForeignDm ? 'this conversation' : 'this server';
  return `I am no member of ${where}, so I see only the message that you show me and cannot read those after it. *Ask about this* and *Translate* work here, message by message.`;
}

function toRefusal(error: unknown): 'refused' {
  if (error instanceof SwitchboardError && error.code === 'missing-permission') return 'refused';
  throw error;
}

interface Selection {
  readonly quoted: readonly QuotedMessage[];
  /** Messages that came without a text. */
  readonly unreadable: number;
  /** There was more than could be taken. */
  readonly isCut: boolean;
}

function select(messages: readonly ChannelMessage[], target: CommandTarget): Selection {
  const quoted: QuotedMessage[] = [];
  let characters = 0;
  let unreadable = 0;
  for (const message of messages) {
    // Discord shows the text of the message that was chosen even where the bot may not read others.
    const text = message.text || (message.id === target.message.id ? target.message.content : '');
    if (text === '') unreadable += 1;
    else {
      characters += text.length;
      if (characters > maxCharacters && quoted.length > 0) return { quoted, unreadable, isCut: true };
      quoted.push(toQuoted(message, text));
    }
  }
  return { quoted, unreadable, isCut: messages.length === MAX_MESSAGES_READ };
}

function toQuoted({ id, authorName, isBot }: ChannelMessage, content: string): QuotedMessage {
  return { id, authorId: null, authorName, isBot, content, attachments: [] };
}

function toNotice({ quoted, unreadable, isCut }: Selection): string {
  const sentences = [];
  if (isCut) {
    sentences.push(`This covers ${count(quoted.length)} from there on; what was said later is not in it.`);
  }
  if (unreadable > 0) {
    sentences.push(
      `${count(unreadable)} reached me without a text: they have none, or I may not read messages that are not addressed to me.`,
    );
  }
  return sentences.join(' ');
}

function count(messages: number): string {
  return messages === 1 ? '1 message' : `${messages} messages`;
}
