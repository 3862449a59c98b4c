import type { CommandAnswer, CommandContext, CommandRequest } from '../src/discord/commands/command.ts';
import type { IncomingQuestion } from '../src/intake/incoming.ts';

/** What a command asks, beside who asks it and where. */
export type Question = Pick<
  IncomingQuestion,
  'text' | 'isPrivate' | 'quoted' | 'attachments' | 'model' | 'notice'
>;

/** Hands a command's question to the intake; the run that comes of it answers. */
export async function submitQuestion(
  { interactionId, token, createdAt, place, user, isForeign }: CommandRequest,
  question: Question,
  { intake }: Pick<CommandContext, 'intake'>,
): Promise<CommandAnswer> {
  const author = { ...user, isBot: false, isWebhook: false };
  await intake.onQuestion({ interactionId, token, createdAt, place, author, isForeign, ...question });
  return { kind: 'run' };
}
