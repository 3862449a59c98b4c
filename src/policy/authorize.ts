import { hasPermission, permission, threadOpening } from './permissions.ts';

/** Everything that a person can want of the bot. Each entry (message, command, later button) names one. */
export type Action =
  | 'ask'
  | 'stop-own'
  /** Stop runs of others in this channel. */
  | 'stop-in-channel'
  /** Stop runs of others in the whole guild. */
  | 'stop-in-guild'
  /** The buttons under the answer to one's own question. */
  | 'control-own'
  | 'control-others'
  | 'reset-own'
  /** Forget a conversation that several people share. */
  | 'reset-shared'
  | 'memory-own'
  | 'status'
  | 'see-settings'
  /** How one's own direct messages are treated. */
  | 'set-own'
  /** How a channel is treated, for everybody in it. */
  | 'set-channel'
  | 'open-thread';

/** Who wants it. Taken from Discord's event alone; ids and permission bits, never names. */
export interface Actor {
  readonly userId: string;
  /** Another bot, or a webhook. */
  readonly isBot: boolean;
  readonly guildId: string | null;
  /** Permissions in the channel where they ask, threads included; null outside guilds and where not needed. */
  readonly permissions: bigint | null;
  /** They opened the thread in which they ask. */
  readonly isThreadOwner: boolean;
}

export type Authorization =
  | { readonly allowed: true }
  /** `reason`: one sentence for the person. */
  | { readonly allowed: false; readonly reason: string };

export type Authorize = (action: Action, actor: Actor) => Authorization;

/** The one place that decides whether a person may do a thing. */
export const authorize: Authorize = (action, actor) => {
  if (actor.isBot) return refuse('Only people can use me.');
  switch (action) {
    case 'ask':
    case 'stop-own':
    case 'control-own':
    case 'reset-own':
    case 'memory-own':
    case 'status':
    case 'see-settings':
    case 'set-own':
      return allowed;
    case 'stop-in-channel':
      if (isModerator(actor)) return allowed;
      return refuse(
        'Only moderators (Manage Messages) can stop answers to others. `/stop` alone stops your own.',
      );
    case 'control-others':
      if (isModerator(actor)) return allowed;
      return refuse('Only the person who asked and moderators (Manage Messages) can do this.');
    case 'stop-in-guild':
      if (has(actor, permission.manageGuild)) return allowed;
      return refuse('Only those who manage this server (Manage Server) can stop answers everywhere in it.');
    case 'reset-shared':
      if (isModerator(actor) || (actor.guildId !== null && actor.isThreadOwner)) return allowed;
      return refuse(
        'This thread is one conversation of everybody in it: only its opener and moderators (Manage Messages) can reset it.',
      );
    case 'set-channel':
      if (isModerator(actor) || has(actor, permission.manageChannels)) return allowed;
      return refuse(
        'Only moderators (Manage Channels or Manage Messages) can change how I behave in this channel.',
      );
    case 'open-thread':
      if (actor.guildId === null) return refuse('There are no threads in direct messages.');
      if (has(actor, threadOpening)) return allowed;
      return refuse('You may not open threads in this channel (Create Public Threads).');
  }
};

/** The same, in these guilds and in private alone; everywhere where none is named. */
export function authorizeIn(allowedGuilds: readonly string[]): Authorize {
  return (action, actor) => {
    if (actor.guildId === null || isAllowedGuild(allowedGuilds, actor.guildId))
      return authorize(action, actor);
    return refuse('I am not available in this server.');
  };
}

/** All are where none is named. */
export function isAllowedGuild(allowedGuilds: readonly string[], guildId: string): boolean {
  return allowedGuilds.length === 0 || allowedGuilds.includes(guildId);
}

const allowed: Authorization = { allowed: true };

function refuse(reason: string): Authorization {
  return { allowed: false, reason };
}

function isModerator(actor: Actor): boolean {
  return has(actor, permission.manageMessages) || has(actor, permission.manageGuild);
}

function has({ guildId, permissions }: Actor, needed: bigint): boolean {
  return guildId !== null && permissions !== null && hasPermission(permissions, needed);
}
