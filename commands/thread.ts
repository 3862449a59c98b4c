import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
} from 'discord.js';
import type { Command } from '../src/discord/commands/command.ts';
import { MAX_THREAD_NAME_CHARACTERS } from '../src/discord/limits.ts';

/** Opens a thread in which everything is one conversation. */
export const thread: Command = {
  definition: {
    integration_types: [ApplicationIntegrationType.GuildInstall],
    contexts: [InteractionContextType.Guild],
    type: ApplicationCommandType.ChatInput,
    name: 'thread',
    description: 'Open a thread to talk with me',
    options: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'title',
        description: 'Its title; without one it is named after your first question',
        max_length: MAX_THREAD_NAME_CHARACTERS,
      },
    ],
  },
  action: () => 'open-thread',
  isEphemeral: () => true,
  async execute({ place, user, options }, { threads, messageContent }) {
    if (place.kind === 'thread') return { kind: 'text', text: 'This is a thread already: just ask me here.' };
    if (place.guildId === null) return { kind: 'text', text: 'There are no threads in direct messages.' };
    const title = options.get('title');
    const opening = await threads.open({
      guildId: place.guildId,
      channelId: place.channelId,
      messageId: null,
      ...(typeof title === 'string' ? { title } : {}),
      text: '',
      requester: user,
      // Discord said what they may do, and it was checked before.
      roleIds: null,
    });
    if (opening.kind === 'gone') return { kind: 'text', text: 'This channel is no longer there.' };
    if (opening.kind === 'refused') return { kind: 'text', text: opening.reason };
    const how = messageContent ? 'Write there, and I answer.' : 'Mention me there, or reply to me.';
    return { kind: 'text', text: `Here it is: <#${opening.channelId}>. ${how}` };
  },
};
