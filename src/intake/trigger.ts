import type { IncomingMessage } from './incoming.ts';

export interface TriggerRules {
  readonly botUserId: string;
  /** The message-content intent is on: messages that do not address the bot can be read. */
  readonly messageContent: boolean;
}

export type TriggerReason =
  | 'direct-message'
  | 'mention'
  | 'reply'
  | 'own-thread'
  | 'own-message'
  | 'webhook'
  | 'bot'
  | 'empty'
  | 'not-addressed';

export interface Trigger {
  readonly answer: boolean;
  readonly reason: TriggerReason;
}

/** Whether a message asks for an answer. */
export function shouldAnswer(message: IncomingMessage, rules: TriggerRules): Trigger {
  const { author, place } = message;
  if (author.id === rules.botUserId) return { answer: false, reason: 'own-message' };
  if (author.isWebhook) return { answer: false, reason: 'webhook' };
  if (author.isBot) return { answer: false, reason: 'bot' };
  if (isEmpty(message)) return { answer: false, reason: 'empty' };
  if (place.kind === 'dm') return { answer: true, reason: 'direct-message' };
  if (message.mentionsBot) return { answer: true, reason: 'mention' };
  if (message.repliesToBot) return { answer: true, reason: 'reply' };
  if (place.isOwnThread && rules.messageContent) return { answer: true, reason: 'own-thread' };
  return { answer: false, reason: 'not-addressed' };
}

/** Nothing to answer: no text (or none that the bot may read), no file, and nothing forwarded. */
function isEmpty({ content, attachments, quoted }: IncomingMessage): boolean {
  const isForward = quoted !== null && quoted.authorId === null;
  return content.trim() === '' && attachments.length === 0 && !isForward;
}
