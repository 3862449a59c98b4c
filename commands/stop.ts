import { ApplicationCommandOptionType, ApplicationCommandType } from 'discord.js';
import type { Command, CommandRequest } from '../src/discord/commands/command.ts';
import type { RunFilter } from '../src/runs/ports.ts';
import { everywhere } from './contexts.ts';

/**
 * Without options: all of one's own answers, wherever they are. `user` and `all` are for moderators: those of
 * another person, or of everybody, in this channel or the whole server.
 */
export const stop: Command = {
  definition: {
    ...everywhere,
    type: ApplicationCommandType.ChatInput,
    name: 'stop',
    description: 'Stop your answers that are waiting or under way',
    options: [
      {
        type: ApplicationCommandOptionType.User,
        name: 'user',
        description: 'For moderators: whose answers',
      },
      {
        type: ApplicationCommandOptionType.String,
        name: 'all',
        description: 'For moderators: all answers, here or in the whole server',
        choices: [
          { name: 'in this channel', value: 'channel' },
          { name: 'in this server', value: 'server' },
        ],
      },
    ],
  },
  action(request) {
    if (isOwn(request)) return 'stop-own';
    return request.options.get('all') === 'server' ? 'stop-in-guild' : 'stop-in-channel';
  },
  isEphemeral: () => true,
  execute(request, { runs }) {
    const count = runs.stop(toFilter(request), isOwn(request) ? 'requester' : 'moderator');
    return { kind: 'text', text: describe(count) };
  },
};

function isOwn({ options, user }: CommandRequest): boolean {
  const target = options.get('user');
  return options.get('all') === undefined && (target === undefined || target === user.id);
}

function toFilter(request: CommandRequest): RunFilter {
  const { options, place, user } = request;
  if (isOwn(request)) return { userId: user.id };
  const target = options.get('user');
  const whose = typeof target === 'string' ? { userId: target } : {};
  return options.get('all') === 'server' && place.guildId !== null
    ? { ...whose, guildId: place.guildId }
    : { ...whose, channelId: place.channelId };
}

function describe(count: number): string {
  if (count === 0) return 'Nothing is waiting or under way.';
  return count === 1 ? 'Stopped 1 answer.' : `Stopped ${count} answers.`;
}
