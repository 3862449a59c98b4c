/** The local Discord of this benchmark, in a process of its own: people who ask plainly, and others who bring files. */
import { setTimeout as delay } from 'node:timers/promises';
import { Ledger } from '../../sandbox/crowd/ledger.ts';
import { toAnswer, toTag } from '../../sandbox/crowd/question.ts';
import { toPercentiles, type Percentiles } from '../../sandbox/crowd/report.ts';
import { startDiscord } from '../../sandbox/discord/server.ts';
import type { SayOptions, SimulatorEvent } from '../../sandbox/discord/types.ts';
import { toEndlessPdf, toHeapBomb, toPdf } from '../../test/attachments/pdf-files.ts';
import { offerCalls } from '../bot/calls.ts';
import { END, NOTHING_REFUSED } from './words.ts';

export interface PlainQuestions {
  readonly round: number;
  readonly questions: number;
  readonly perSecond: number;
  /** Of each answer. */
  readonly tokens: number;
  /** Before the first token, which is not the bot's. */
  readonly modelMs: number;
  readonly timeoutMs: number;
}

export interface PlainResult {
  readonly answered: number;
  /** Beyond the model's time, ms. */
  readonly firstText: Percentiles;
}

export interface FileQuestions {
  readonly people: number;
  /** Of each message. */
  readonly files: number;
  readonly timeoutMs: number;
}

export interface HarmlessQuestions {
  readonly people: number;
  readonly everyMs: number;
  readonly timeoutMs: number;
}

export interface FileResult {
  /** What each of them was answered. */
  readonly answers: readonly string[];
  /** Until the last of them was, ms. */
  readonly durationMs: number;
}

/** Enough that nobody has two questions at once. */
const PLAIN_PEOPLE = 100;
const PEOPLE_PER_CHANNEL = 10;

const discord = await startDiscord({ rateLimits: 'off' });
const guild = discord.people.addGuild({ name: 'Bench' });

interface Person {
  readonly userId: string;
  readonly channelId: string;
}

function addPeople(name: string, count: number): Person[] {
  let channelId = '';
  return Array.from({ length: count }, (_, index) => {
    if (index % PEOPLE_PER_CHANNEL === 0) {
      channelId = discord.people.addChannel(guild.id, { name: `${name}-${index}` }).id;
    }
    const { id: userId } = discord.people.addUser({ name: `${name}-${index}` });
    discord.people.join(guild.id, userId);
    return { userId, channelId };
  });
}

const plain = addPeople('plain', PLAIN_PEOPLE);
const bringers = addPeople('files', 100);
const harmless = addPeople('harmless', 10);
/** Each kind holds a decoder as long as it can: one fills its memory, the other takes for ever. */
const crafted = [toHeapBomb(), toEndlessPdf()] as const;

type Shown = Extract<SimulatorEvent, { type: 'message-create' | 'message-update' }>;

/** Sends files with a question, and resolves with the whole answer. */
async function askAbout(
  { userId, channelId }: Person,
  attachments: NonNullable<SayOptions['attachments']>,
  timeoutMs: number,
): Promise<string> {
  const question = `<@${discord.botUserId}> what is in it?`;
  const { id } = discord.people.say(userId, channelId, question, { attachments });
  const isAnswer = (event: SimulatorEvent): event is Shown =>
    (event.type === 'message-create' || event.type === 'message-update') &&
    event.message.author.id === discord.botUserId &&
    event.message.message_reference?.message_id === id &&
    event.message.content.endsWith(END);
  return (await discord.waitFor(isAnswer, timeoutMs)).message.content.slice(0, -END.length);
}

const calls = {
  where: () => ({ apiUrl: discord.apiUrl, token: discord.token }),
  /** People ask one after the other, at an even pace. */
  async askPlainly(asked: PlainQuestions): Promise<PlainResult> {
    const { round, questions, perSecond, tokens, modelMs, timeoutMs } = asked;
    const ledger = new Ledger(discord.botUserId);
    const end = discord.observe((event) => {
      ledger.observe(event);
    });
    const beganAt = performance.now();
    for (let index = 0; index < questions; index += 1) {
      const waitMs = beganAt + (index / perSecond) * 1_000 - performance.now();
      if (waitMs > 0) await delay(waitMs);
      const { userId, channelId } = plain[index % plain.length] ?? { userId: '', channelId: '' };
      const id = { person: index + 1, question: round };
      const tag = toTag(id);
      const askedAt = performance.now();
      const message = discord.people.say(userId, channelId, `<@${discord.botUserId}> please answer ${tag}`);
      const expected = toAnswer(tag, tokens);
      ledger.ask({ ...id, channelId, messageId: message.id, askedAt, expected });
    }
    const lateAt = performance.now() + timeoutMs;
    while (ledger.counts.completed < questions && performance.now() < lateAt) await delay(50);
    end();
    const answered = ledger.records().filter(({ completedAt }) => completedAt !== undefined);
    const waits = answered.map(({ askedAt, firstTextAt = askedAt }) => firstTextAt - askedAt - modelMs);
    return { answered: answered.length, firstText: toPercentiles(waits.map((ms) => Math.max(0, ms))) };
  },
  /** One person after the other sends a message with one harmless PDF; until each is answered, ms. */
  async bringHarmless({ people, everyMs, timeoutMs }: HarmlessQuestions): Promise<readonly number[]> {
    const content = toPdf(['Sales went up.']);
    const waits = harmless.slice(0, people).map(async (person, index) => {
      await delay(everyMs * (index + 1));
      const askedAt = performance.now();
      const answer = await askAbout(person, [{ name: 'report.pdf', content }], timeoutMs);
      return answer === NOTHING_REFUSED ? performance.now() - askedAt : Infinity;
    });
    return Promise.all(waits);
  },
  /** Everybody sends a message with crafted files at once. */
  async bringFiles({ people, files, timeoutMs }: FileQuestions): Promise<FileResult> {
    const beganAt = performance.now();
    const attachments = Array.from({ length: files }, (_, index) => ({
      name: `report-${index + 1}.pdf`,
      content: crafted[index % crafted.length] ?? crafted[0],
    }));
    const answers = bringers.slice(0, people).map((person) => askAbout(person, attachments, timeoutMs));
    const settled = await Promise.allSettled(answers);
    return {
      answers: settled.map((one) => (one.status === 'fulfilled' ? one.value : '')),
      durationMs: performance.now() - beganAt,
    };
  },
};

export type FilesDiscordCalls = typeof calls;

offerCalls(calls);
