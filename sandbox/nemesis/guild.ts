import { sleep } from '../../src/lib/abort.ts';
import type { SimulatedDiscord } from '../discord/types.ts';
import type { FaultKind } from './kinds.ts';
import type { WhileRunning } from './question.ts';
import type { PersonOptions, Place } from './speaker.ts';

const PEOPLE_PER_CHANNEL = 5;
const MANAGE_MESSAGES = 1n << 13n;
/** In channels and in threads. */
const SPEECH = (1n << 11n) | (1n << 38n);
const POLL_MS = 20;

/** The server in which people talk, beside their direct messages. */
export interface Guild {
  readonly moderatorId: string;
  /** Brings somebody in. */
  enter(number: number): Pick<PersonOptions, 'userId' | 'places'>;
  readonly allowSpeech: (isAllowed: boolean) => void;
  /** Sets how the bot behaves in each place, once it has commands. Rejects where it does not answer. */
  readonly arrange: (signal: AbortSignal) => Promise<void>;
}

/** As people set it: in some places the bot steers, in some it lets itself be interrupted. */
const STEERED: readonly [WhileRunning, ...WhileRunning[]] = ['steer', 'interrupt', 'queue'];

/** For so many people. */
export function createGuild(discord: SimulatedDiscord, count: number, kinds: ReadonlySet<FaultKind>): Guild {
  const { people } = discord;
  const guild = people.addGuild({ name: 'Nemesis' });
  const { id: moderatorId } = people.addUser({ name: 'moderator' });
  const { id: roleId } = people.addRole(guild.id, { name: 'Moderators', permissions: MANAGE_MESSAGES });
  people.join(guild.id, moderatorId, { roleIds: [roleId] });
  const arrangements: (() => Promise<void>)[] = [];

  const set = (
    userId: string,
    channelId: string,
    subcommand: string,
    values: Record<string, string>,
  ): void => {
    arrangements.push(async () => {
      const { content } = await (
        await people.command(userId, channelId, 'settings', { subcommand, values })
      ).answer();
      if (!content.startsWith('Set.')) throw new Error(`The settings were not taken: ${content}`);
    });
  };
  const toPlace = (channelId: string, index: number, userId?: string): Place => {
    const whileRunning = kinds.has('steering') ? (STEERED[index % STEERED.length] ?? 'queue') : 'queue';
    if (whileRunning !== 'queue') {
      set(userId ?? moderatorId, channelId, 'while-running', { behavior: whileRunning });
    }
    return { channelId, whileRunning, isDirect: userId !== undefined, isOfThreads: false };
  };

  const channels = Array.from({ length: Math.ceil(count / PEOPLE_PER_CHANNEL) }, (_, index) =>
    toPlace(people.addChannel(guild.id, { name: `channel-${index + 1}` }).id, index),
  );
  const ofThreads = kinds.has('threads') ? people.addChannel(guild.id, { name: 'threads' }).id : undefined;
  if (ofThreads !== undefined) set(moderatorId, ofThreads, 'mode', { answer: 'threads' });
  const channelIds = [
    ...channels.map(({ channelId }) => channelId),
    ...(ofThreads === undefined ? [] : [ofThreads]),
  ];

  return {
    moderatorId,
    enter(number) {
      const { id: userId } = people.addUser({ name: `person-${number}` });
      people.join(guild.id, userId);
      const channel = channels[(number - 1) % channels.length] ?? toPlace(channelIds[0] ?? '', 0);
      const direct = toPlace(people.openDm(userId).id, number, userId);
      const threads = { whileRunning: 'queue', isDirect: false, isOfThreads: true } as const;
      return {
        userId,
        places: [channel, direct, ...(ofThreads === undefined ? [] : [{ channelId: ofThreads, ...threads }])],
      };
    },
    allowSpeech(isAllowed) {
      for (const channelId of channelIds)
        people.setBotPermissions(channelId, isAllowed ? {} : { deny: SPEECH });
    },
    async arrange(signal) {
      while (discord.commands().length === 0) await sleep(POLL_MS, signal);
      for (const arrangement of arrangements) await arrangement();
    },
  };
}
