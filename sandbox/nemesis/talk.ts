import { sleep } from '../../src/lib/abort.ts';
import type { SimulatedDiscord } from '../discord/types.ts';
import { questionKinds, toSecret, toTag, type QuestionKind } from './answer.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';

/** A question as its person knows it. */
export interface Question {
  readonly person: number;
  readonly question: number;
  /** Where it was asked: the index of one of its person's places. */
  readonly place: number;
  readonly channelId: string;
  readonly messageId: string;
  /** ms, as the history counts. */
  readonly askedAt: number;
  /** How often it was put: 1, and one more with each edit. */
  versions: number;
  isDeleted: boolean;
  /** Its person stopped everything while it may have been at work. */
  mayBeStopped: boolean;
}

export interface Person {
  readonly number: number;
  readonly userId: string;
  readonly questions: Question[];
  /** Asks in each place and resolves at once. */
  greet(): void;
  /** Talks until the signal aborts. */
  talk(signal: AbortSignal): Promise<void>;
}

export interface PersonOptions {
  readonly discord: SimulatedDiscord;
  readonly number: number;
  readonly userId: string;
  /** The last one is a direct message. */
  readonly channelIds: readonly [string, ...string[]];
  readonly random: Random;
  readonly history: History;
  readonly meanGapMs: number;
}

const KINDS: readonly [QuestionKind, ...QuestionKind[]] = [...questionKinds, 'short', 'tools', 'slow'];

export function createPerson(options: PersonOptions): Person {
  const { discord, number: person, userId, channelIds, random, history } = options;
  const questions: Question[] = [];
  const name = `p${person}`;

  const toText = (place: number, question: number, version: number, kind: QuestionKind): string =>
    `<@${discord.botUserId}> mine is ${toSecret(person, place)} ${toTag({ person, question, version })} ${kind}`;

  const ask = (place: number, kind: QuestionKind, replyTo?: string): void => {
    const channelId = channelIds[place] ?? channelIds[0];
    const question = questions.length + 1;
    const text = toText(place, question, 1, kind);
    const { id } = discord.people.say(userId, channelId, text, replyTo === undefined ? {} : { replyTo });
    questions.push({
      person,
      question,
      place,
      channelId,
      messageId: id,
      askedAt: history.now(),
      versions: 1,
      isDeleted: false,
      mayBeStopped: false,
    });
    history.add(`${name}.q${question} asks (${kind}) in c${place}: message ${id}`);
  };

  const somewhere = (): number => random.integer(0, channelIds.length - 1);

  const latest = (): Question | undefined => {
    const question = questions.findLast((each) => !each.isDeleted);
    return question && discord.message(question.channelId, question.messageId) ? question : undefined;
  };

  const markStopped = (): void => {
    for (const question of questions) question.mayBeStopped = true;
  };

  const acts: Readonly<Record<string, () => void>> = {
    ask: () => {
      ask(somewhere(), random.pick(KINDS));
    },
    askInARow() {
      const place = somewhere();
      for (let left = random.integer(2, 3); left > 0; left -= 1) ask(place, random.pick(KINDS));
    },
    reply() {
      const place = somewhere();
      const own = new Set(questions.map(({ messageId }) => messageId));
      const answer = discord
        .messages(channelIds[place] ?? '')
        .findLast(({ message_reference: reference }) => own.has(reference?.message_id ?? ''));
      ask(place, random.pick(KINDS), answer?.id);
    },
    edit() {
      const question = latest();
      if (!question) return;
      question.versions += 1;
      const { place, question: count, versions, messageId } = question;
      history.add(`${name}.q${count} is edited: version ${versions}`);
      discord.people.edit(userId, messageId, toText(place, count, versions, random.pick(KINDS)));
    },
    remove() {
      const question = latest();
      if (!question) return;
      question.isDeleted = true;
      history.add(`${name}.q${question.question} is deleted`);
      discord.people.deleteMessage(userId, question.messageId);
    },
    stop() {
      markStopped();
      history.add(`${name} stops everything`);
      discord.people
        .command(userId, channelIds[0], 'stop')
        .then(
          () => 'was taken',
          (error: unknown) => `failed: ${String(error)}`,
        )
        .then((what) => {
          // It reaches what was asked until it takes effect.
          markStopped();
          history.add(`${name}'s stop ${what}`);
        })
        .catch((error: unknown) => {
          history.add(String(error));
        });
    },
  };

  const chances = { ask: 60, askInARow: 14, reply: 10, edit: 7, remove: 5, stop: 4 };
  const choices = Object.entries(chances).flatMap(([act, weight]) => Array<string>(weight).fill(act));

  return {
    number: person,
    userId,
    questions,
    greet() {
      for (const place of channelIds.keys()) ask(place, 'short');
    },
    async talk(signal) {
      for (;;) {
        await sleep(random.gapMs(options.meanGapMs), signal);
        acts[choices[random.integer(0, choices.length - 1)] ?? 'ask']?.();
      }
    },
  };
}
