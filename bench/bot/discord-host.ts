/** The local Discord and its people, in a process of their own. Takes its options as JSON in its only argument. */
import { setTimeout as delay } from 'node:timers/promises';
import { askCrowd } from '../../sandbox/crowd/ask-crowd.ts';
import { toTag } from '../../sandbox/crowd/question.ts';
import { toPercentiles, type Percentiles } from '../../sandbox/crowd/report.ts';
import { startDiscord } from '../../sandbox/discord/server.ts';
import type { SimulatorOptions } from '../../sandbox/discord/types.ts';
import { offerCalls } from './calls.ts';

export interface Crowd {
  readonly people: number;
  /** Of each answer. */
  readonly tokens: number;
  /** Before the first token, which is not the bot's. */
  readonly modelMs: number;
  readonly timeoutMs: number;
}

export interface CrowdResult {
  readonly answered: number;
  readonly lost: number;
  readonly duplicated: number;
  /** Beyond the model's time, ms. */
  readonly firstText: Percentiles;
  readonly requestsPerAnswer: number;
}

/** So that these questions are no others' of the same people. */
const SPREAD_QUESTION = 99;
const PEOPLE_PER_CHANNEL = 10;
const SETTLE_MS = 300;

const discord = await startDiscord(JSON.parse(process.argv[2] ?? '{}') as SimulatorOptions);
const guild = discord.people.addGuild({ name: 'Bench' });
const userIds: string[] = [];
const channelIds: string[] = [];

const calls = {
  where: () => ({ apiUrl: discord.apiUrl, token: discord.token }),
  /** So that they are there before the bot is. */
  settle(people: number): void {
    while (userIds.length < people) {
      if (userIds.length % PEOPLE_PER_CHANNEL === 0) {
        const name = `bench-${String(channelIds.length + 1)}`;
        channelIds.push(discord.people.addChannel(guild.id, { name }).id);
      }
      const { id } = discord.people.addUser({ name: `person-${String(userIds.length + 1)}` });
      discord.people.join(guild.id, id);
      userIds.push(id);
    }
  },
  /** Everybody asks at once; each answer must be seen whole, and once. */
  async ask({ people, tokens, modelMs, timeoutMs }: Crowd): Promise<CrowdResult> {
    discord.stats.reset();
    const records = await askCrowd({
      discord,
      userIds: userIds.slice(0, people),
      channelIds: channelIds.slice(0, Math.ceil(people / PEOPLE_PER_CHANNEL)),
      questionsPerPerson: 1,
      tokens,
      timeoutMs,
      settleMs: SETTLE_MS,
    });
    const answered = records.filter(({ completedAt }) => completedAt !== undefined).length;
    return {
      answered,
      lost: records.length - answered,
      duplicated: records.filter(({ isDuplicated }) => isDuplicated).length,
      firstText: toPercentiles(
        records.flatMap(({ askedAt, firstTextAt = askedAt }) => Math.max(0, firstTextAt - askedAt - modelMs)),
      ),
      requestsPerAnswer: discord.stats.requests / Math.max(1, answered),
    };
  },
  /** Everybody asks, one after the other over so many ms; what is answered is not looked at. */
  async askInTurn({ people, overMs }: { people: number; overMs: number }): Promise<void> {
    const beganAt = performance.now();
    for (const [index, userId] of userIds.slice(0, people).entries()) {
      const waitMs = beganAt + (index / people) * overMs - performance.now();
      if (waitMs > 0) await delay(waitMs);
      const tag = toTag({ person: index + 1, question: SPREAD_QUESTION });
      const channelId = channelIds[Math.floor(index / PEOPLE_PER_CHANNEL)] ?? '';
      discord.people.say(userId, channelId, `<@${discord.botUserId}> please answer ${tag}`);
    }
  },
};

export type DiscordCalls = typeof calls;

offerCalls(calls);
