import type { SimulatedDiscord } from '../discord/types.ts';
import { toName, toSecret, toTag, type QuestionKind } from './answer.ts';
import type { History } from './history.ts';
import type { Question, WhileRunning } from './question.ts';
import type { Random } from './random.ts';
import type { Seen } from './sightings.ts';

/** Where a person talks. */
export interface Place {
  readonly channelId: string;
  readonly isDirect: boolean;
  readonly whileRunning: WhileRunning;
  /** Every answer comes in a thread of its own. */
  readonly isOfThreads: boolean;
}

export interface PersonOptions {
  readonly discord: SimulatedDiscord;
  readonly number: number;
  readonly userId: string;
  /** Who may delete what others said. */
  readonly moderatorId: string;
  readonly places: readonly [Place, ...Place[]];
  readonly random: Random;
  readonly history: History;
  readonly meanGapMs: number;
  /** Messages whose runs have no end yet; undefined: nobody can say. */
  readonly unendedQuestions: () => ReadonlySet<string> | undefined;
  /** What can be read of the bot's answers to a question. */
  readonly seenOf: (question: Question) => readonly Seen[];
}

export interface AskOptions {
  readonly replyTo?: string | undefined;
  /** Ends with a wish for a thread. */
  readonly wishesThread?: boolean;
  /** Asked on in the thread of that question. */
  readonly inThreadOf?: Question;
}

/** A person's hands: what they do, written down as it is done. */
export interface Speaker {
  readonly options: PersonOptions;
  readonly questions: readonly Question[];
  ask(place: number, kind: QuestionKind, options?: AskOptions): Question;
  edit(question: Question, kind: QuestionKind): void;
  /** An update that brings no other text, as the preview of a link does. */
  touch(question: Question): void;
  remove(question: Question): void;
  /** Those whose messages are there, and whose answers nobody took away; oldest first. */
  standing(): readonly Question[];
  readonly tell: (what: string) => void;
}

export function createSpeaker(options: PersonOptions): Speaker {
  const { discord, number: person, userId, places, history } = options;
  const questions: Question[] = [];
  const tell = (what: string): void => {
    history.add(what);
  };

  const toText = (
    question: Pick<Question, 'place' | 'question' | 'wishesThread'>,
    version: number,
    kind: QuestionKind,
  ): string => {
    const tag = toTag({ person, question: question.question, version });
    const wish = question.wishesThread ? ', in a thread' : '';
    return `<@${discord.botUserId}> mine is ${toSecret(person, question.place)} ${tag} ${kind}${wish}`;
  };

  const isThere = ({ channelId, messageId }: Question): boolean =>
    discord.message(channelId, messageId) !== undefined;

  return {
    options,
    questions,
    tell,
    ask(place, kind, { replyTo, wishesThread = false, inThreadOf } = {}) {
      const { channelId, isDirect, whileRunning, isOfThreads } = places[place] ?? places[0];
      const question = questions.length + 1;
      const where = inThreadOf?.messageId ?? channelId;
      const text = toText({ place, question, wishesThread }, 1, kind);
      const { id } = discord.people.say(userId, where, text, replyTo === undefined ? {} : { replyTo });
      const wantsThread = inThreadOf === undefined && (isOfThreads || wishesThread);
      const thread = inThreadOf?.messageId ?? (wantsThread ? id : undefined);
      const asked: Question = {
        ...{ person, question, place, channelId: where, messageId: id, isDirect, whileRunning },
        ...{ wantsThread, wishesThread, askedAt: history.now(), kind, versions: 1, edits: [], presses: [] },
        conversation: thread === undefined ? `p${person} c${place}` : `thread ${thread}`,
        ...{ deletedAt: undefined, answerRemovedAt: undefined, stoppedAt: undefined, resetAt: undefined },
        ...{ mayBeStopped: false, mayBeReset: false },
      };
      questions.push(asked);
      const how = [kind, ...(wantsThread ? ['for a thread'] : []), ...(inThreadOf ? ['in a thread'] : [])];
      tell(`${toName(asked)} asks (${how.join(', ')}) in c${place}: message ${id}`);
      return asked;
    },
    edit(question, kind) {
      if (!isThere(question)) return;
      question.versions += 1;
      question.kind = kind;
      question.edits.push({ version: question.versions, at: history.now() });
      tell(`${toName(question)} is edited: version ${question.versions} (${kind})`);
      discord.people.edit(userId, question.messageId, toText(question, question.versions, kind));
    },
    touch(question) {
      if (!isThere(question)) return;
      tell(`${toName(question)} is updated with the same text`);
      discord.people.edit(userId, question.messageId, toText(question, question.versions, question.kind));
    },
    remove(question) {
      if (!isThere(question)) return;
      question.deletedAt = history.now();
      tell(`${toName(question)} is deleted`);
      discord.people.deleteMessage(userId, question.messageId);
    },
    standing: () =>
      questions.filter(
        (question) =>
          question.deletedAt === undefined &&
          question.answerRemovedAt === undefined &&
          !question.presses.some(({ action }) => action === 'delete') &&
          isThere(question),
      ),
  };
}
