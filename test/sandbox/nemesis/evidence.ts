import { findTags, toLines, toSecret, toTag, type QuestionKind } from '../../../sandbox/nemesis/answer.ts';
import type { Evidence } from '../../../sandbox/nemesis/checker.ts';
import type { Prompt } from '../../../sandbox/nemesis/script.ts';
import type { Seen } from '../../../sandbox/nemesis/sightings.ts';
import type { FaultSpan } from '../../../sandbox/nemesis/suffer.ts';
import type { Question } from '../../../sandbox/nemesis/talk.ts';

/** What the checker is given, made up. */
export interface MadeUp {
  /** Person 1 asks, at `question` × 1,000 ms, in their channel. */
  ask(question: number, changes?: Partial<Question>): Question;
  /** The bot answers half a second after the question, in one message. */
  answer(
    question: Question,
    changes?: Partial<Seen> & { readonly kind?: QuestionKind; readonly at?: number },
  ): void;
  /** The model is asked for the question, with these earlier ones in its prompt. */
  prompt(question: Question, remembered?: readonly Question[], changes?: Partial<Prompt>): void;
  fault(name: string, from: number, to?: number): void;
  /** It was refused by a mark. */
  mark(question: Question): void;
  evidence(): Evidence;
}

export const CHANNEL = '100';

export function makeUp(): MadeUp {
  const questions: Question[] = [];
  const seen: (Seen & { readonly at: number })[] = [];
  const prompts: Prompt[] = [];
  const spans: FaultSpan[] = [];
  const marked = new Set<string>();
  const seenOf = ({ messageId, person, question }: Question) =>
    seen.filter(
      ({ replyTo, tags }) =>
        replyTo === messageId || tags.some((tag) => tag.startsWith(`#p${person}.q${question}.`)),
    );
  return {
    ask(question, changes = {}) {
      const asked = {
        ...{ person: 1, question, place: 0, channelId: CHANNEL, messageId: String(1_000 + question) },
        ...{ askedAt: question * 1_000, versions: 1, isDeleted: false, mayBeStopped: false },
        ...changes,
      };
      questions.push(asked);
      return asked;
    },
    answer(question, { kind = 'short', at = question.askedAt + 500, ...changes } = {}) {
      const secret = toSecret(question.person, question.place);
      const content =
        changes.content ?? toLines(toTag({ ...question, version: 1 }), kind, `I know ${secret}`);
      seen.push({
        messageId: String(2_000 + seen.length),
        channelId: question.channelId,
        replyTo: question.messageId,
        tags: findTags(content),
        at,
        ...changes,
        content,
      });
    },
    prompt(question, remembered = [], changes = {}) {
      prompts.push({
        tag: toTag({ ...question, version: 1 }),
        at: question.askedAt + 100,
        remembered: new Set(remembered.map((each) => toTag({ ...each, version: 1 }))),
        toolResults: [],
        ...changes,
      });
    },
    fault(name, from, to = from) {
      spans.push({ name, from, to });
    },
    mark(question) {
      marked.add(question.messageId);
    },
    evidence: () => ({
      questions,
      prompts,
      spans,
      sightings: {
        of: seenOf,
        isMarkedAsRefused: ({ messageId }) => marked.has(messageId),
        beganAt: (question) => seenOf(question)[0]?.at,
        wholeAt: (tag) => seen.find(({ tags }) => tags.includes(tag))?.at,
      },
    }),
  };
}
