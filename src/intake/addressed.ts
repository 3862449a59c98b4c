import type { IncomingMessage } from './incoming.ts';

/** Whether a message calls the bot by itself, and is not answered only because everything is answered where it stands. */
export function isAddressed({ place, mentionsBot, repliesToBot }: IncomingMessage): boolean {
  return place.kind === 'dm' || mentionsBot || repliesToBot;
}
