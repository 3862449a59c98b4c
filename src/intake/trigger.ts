import type { IncomingMessage } from './incoming.ts';
import type { ChannelMode } from './settings/settings.ts';

export interface TriggerRules {
  readonly botUserId: string;
  /** The message-content intent is on: messages that do not address the bot can be read. */
  readonly messageContent: boolean;
  /** Of the channel; `mention` when absent. Direct messages have none. */
  readonly mode?: ChannelMode;
}

export type TriggerReason =
  | 'direct-message'
  | 'mention'
  | 'reply'
  | 'own-thread'
  | 'every-message'
  | 'switched-off'
  | 'own-message'
  | 'webhook'
  | 'bot'
  | 'empty'
  | 'not-addressed';

export interface Trigger {
  readonly answer: boolean;
  readonly reason: TriggerReason;
}

/** Why a message asks for no answer wherever it stands; undefined where it depends on the place and its mode. */
export function reasonToIgnore(message: IncomingMessage, botUserId: string): TriggerReason | undefined {
  const { author } = message;
  if (author.id === botUserId) return 'own-message';
  if (author.isWebhook) return 'webhook';
  if (author.isBot) return 'bot';
  return isEmpty(message) ? 'empty' : undefined;
}

/** Whether a message asks for an answer. */
export function shouldAnswer(message: IncomingMessage, rules: TriggerRules): Trigger {
  const { place } = message;
  const reason = reasonToIgnore(message, rules.botUserId);
  if (reason) return { answer: false, reason };
  if (place.kind === 'dm') return { answer: true, reason: 'direct-message' };
  if (rules.mode === 'never') return { answer: false, reason: 'switched-off' };
  if (message.mentionsBot) return { answer: true, reason: 'mention' };
  if (message.repliesToBot) return { answer: true, reason: 'reply' };
  if (place.isOwnThread && rules.messageContent) return { answer: true, reason: 'own-thread' };
  if (rules.mode === 'always' && rules.messageContent) return { answer: true, reason: 'every-message' };
  return { answer: false, reason: 'not-addressed' };
}

/** Whether a message calls the bot by itself, and is not answered only because everything is answered where it stands. */
export function isAddressed({ place, mentionsBot, repliesToBot }: IncomingMessage): boolean {
  return place.kind === 'dm' || mentionsBot || repliesToBot;
}

/** Nothing to answer: no text (or none that the bot may read), no file, and nothing forwarded. */
function isEmpty({ content, attachments, quoted }: IncomingMessage): boolean {
  const isForward = quoted !== null && quoted.authorId === null;
  return content.trim() === '' && attachments.length === 0 && !isForward;
}
