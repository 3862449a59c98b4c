import { ApplicationCommandOptionType, ApplicationCommandType } from 'discord.js';
import type { Command, CommandRequest } from '../src/discord/commands/command.ts';
import { toConversationId } from '../src/intake/to-run.ts';
import { isSharedConversation } from '../src/memory/shared-conversation.ts';
import { everywhere } from './contexts.ts';

/**
 * Forgets the conversation of this place: one's own, or in a thread everybody's, which its opener and moderators
 * may do. What is under way in it is stopped first, so that it cannot bring the conversation back.
 */
export const reset: Command = {
  definition: {
    ...everywhere,
    type: ApplicationCommandType.ChatInput,
    name: 'reset',
    description: 'Begin anew: forget our conversation in this place',
    options: [
      {
        type: ApplicationCommandOptionType.Boolean,
        name: 'private',
        description: 'The conversation of your private answers instead',
      },
    ],
  },
  action: (request) => (isSharedConversation(toConversation(request)) ? 'reset-shared' : 'reset-own'),
  isEphemeral: () => true,
  async execute(request, { runs, conversations }) {
    const conversationId = toConversation(request);
    const isShared = isSharedConversation(conversationId);
    runs.stop({ conversationId }, isShared ? 'moderator' : 'requester');
    // What was asked before, whatever the clock of this machine says.
    await conversations.reset(conversationId, request.createdAt);
    const whose = isShared ? 'the conversation of this thread' : 'our conversation here';
    return {
      kind: 'text',
      text: `I have forgotten ${whose}. What you asked me to remember stays: see \`/memory\`.`,
    };
  },
};

function toConversation({ place, user, options }: CommandRequest): string {
  return toConversationId({ place, userId: user.id, isPrivate: options.get('private') === true });
}
