import { setTimeout as delay } from 'node:timers/promises';
import type { SimulatedDiscord, SimulatorEvent } from '../../sandbox/discord/types.ts';

export interface BusyPeopleCounts {
  asked: number;
  /** Questions that something was answered to; those that were taken back are not counted. */
  answered: number;
  unanswered: number;
  edited: number;
  deleted: number;
  stopped: number;
  reset: number;
}

export interface BusyPeople {
  readonly counts: Readonly<BusyPeopleCounts>;
  /** Resolves when everybody has finished what they were at. */
  pause(): Promise<void>;
  resume(): void;
}

export interface BusyPeopleOptions {
  readonly discord: SimulatedDiscord;
  readonly people: number;
  /** Between an answer and the next question, at most, ms. */
  readonly maxThinkMs?: number;
}

const PEOPLE_PER_CHANNEL = 5;
const ANSWER_TIMEOUT_MS = 30_000;
/** So that conversations do not just grow to their bound, which takes longer than a soak. */
const QUESTIONS_PER_CONVERSATION = 6;

const QUESTIONS = [
  'hello there',
  'what time is it?',
  'calculate 17 * 23 please',
  'roll 3d6 and 2d8',
  'what do you remember of me?',
  'tell me something long',
  'make a csv file of squares',
  'summarize what was said here',
] as const;

/** Half of them in channels of five, half in direct messages. They begin, and begin again, with `resume`. */
export function startBusyPeople({ discord, people, maxThinkMs = 4_000 }: BusyPeopleOptions): BusyPeople {
  const counts = { asked: 0, answered: 0, unanswered: 0, edited: 0, deleted: 0, stopped: 0, reset: 0 };
  const answers = watchAnswers(discord);
  const places = settle(discord, people);
  let gate = Promise.withResolvers<undefined>();
  let atWork = 0;
  let onIdle = Promise.withResolvers<undefined>();

  const ask = async ({ userId, channelId, isDirect }: Place): Promise<void> => {
    const text = QUESTIONS[Math.floor(Math.random() * QUESTIONS.length)] ?? '';
    const content = isDirect ? text : `<@${discord.botUserId}> ${text}`;
    const { id } = discord.people.say(userId, channelId, content);
    counts.asked += 1;
    const answer = answers.of(id, ANSWER_TIMEOUT_MS);
    const mood = Math.random();
    await delay(Math.random() * 600);
    if (mood < 0.05) {
      discord.people.deleteMessage(userId, id);
      counts.deleted += 1;
      answers.drop(id);
    } else if (mood < 0.1) {
      discord.people.edit(userId, id, `${content} - and quickly`);
      counts.edited += 1;
    } else if (mood < 0.13) {
      await discord.people.command(userId, channelId, 'stop');
      counts.stopped += 1;
      // Stopped before its first word, it has no answer but the command's own.
      answers.drop(id);
    }
    const outcome = await answer;
    if (outcome !== 'dropped') counts[outcome] += 1;
  };

  const live = async (place: Place): Promise<never> => {
    for (let question = 1; ; question += 1) {
      await gate.promise;
      atWork += 1;
      await ask(place);
      if (question % QUESTIONS_PER_CONVERSATION === 0) {
        await discord.people.command(place.userId, place.channelId, 'reset');
        counts.reset += 1;
      }
      atWork -= 1;
      if (atWork === 0) onIdle.resolve(undefined);
      await delay(Math.random() * maxThinkMs);
    }
  };

  for (const place of places) {
    live(place).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  }
  return {
    counts,
    async pause() {
      gate = Promise.withResolvers();
      onIdle = Promise.withResolvers();
      if (atWork > 0) await onIdle.promise;
    },
    resume() {
      gate.resolve(undefined);
    },
  };
}

interface Place {
  readonly userId: string;
  readonly channelId: string;
  readonly isDirect: boolean;
}

function settle({ people }: SimulatedDiscord, count: number): Place[] {
  const userIds = Array.from(
    { length: count },
    (_, index) => people.addUser({ name: `person-${index + 1}` }).id,
  );
  const guild = people.addGuild({ name: 'Soak', memberIds: userIds });
  let channelId = '';
  return userIds.map((userId, index) => {
    const isDirect = index % 2 === 1;
    if (isDirect) return { userId, channelId: people.openDm(userId).id, isDirect };
    if ((index / 2) % PEOPLE_PER_CHANNEL === 0) {
      channelId = people.addChannel(guild.id, { name: `soak-${index + 1}` }).id;
    }
    return { userId, channelId, isDirect };
  });
}

type Outcome = 'answered' | 'unanswered' | 'dropped';

/** Finds the first message of the bot that replies to a question. */
function watchAnswers(discord: SimulatedDiscord) {
  const waiting = new Map<string, (outcome: Outcome) => void>();
  discord.observe((event: SimulatorEvent) => {
    if (event.type !== 'message-create' || event.message.author.id !== discord.botUserId) return;
    const questionId = event.message.message_reference?.message_id;
    if (questionId !== undefined) waiting.get(questionId)?.('answered');
  });
  return {
    async of(questionId: string, timeoutMs: number): Promise<Outcome> {
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      waiting.set(questionId, resolve);
      const timer = setTimeout(resolve, timeoutMs, 'unanswered');
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        waiting.delete(questionId);
      }
    },
    drop(questionId: string): void {
      waiting.get(questionId)?.('dropped');
    },
  };
}
