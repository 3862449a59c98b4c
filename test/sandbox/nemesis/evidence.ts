import { findTags, toLines, toSecret, toTag, type QuestionKind } from '../../../sandbox/nemesis/answer.ts';
import { check } from '../../../sandbox/nemesis/checker.ts';
import type { KeptWords } from '../../../sandbox/nemesis/kept-words.ts';
import type { PresenceEvent } from '../../../sandbox/nemesis/presence.ts';
import type { Press, Question } from '../../../sandbox/nemesis/question.ts';
import type { Prompt } from '../../../sandbox/nemesis/script.ts';
import { createSightings, type Seen } from '../../../sandbox/nemesis/sightings.ts';
import type { FaultSpan } from '../../../sandbox/nemesis/suffer.ts';
import type { Evidence } from '../../../sandbox/nemesis/trial.ts';

/** What the checker is given, made up. */
export interface MadeUp {
  /** Person 1 asks, at `question` × 1,000 ms, in their channel. */
  ask(question: number, changes?: Partial<Question>): Question;
  /** Another text, so many ms after the question. */
  edit(question: Question, afterMs: number): void;
  press(question: Question, action: Press['action'], afterMs: number, isRefused?: boolean): void;
  /** The bot answers half a second after the question, in one message. */
  answer(
    question: Question,
    changes?: Partial<Seen> & {
      readonly kind?: QuestionKind;
      readonly at?: number;
      readonly version?: number;
    },
  ): Seen;
  /** A message of the bot is gone. */
  remove(seen: Seen): void;
  /** The model is asked for the question, with these earlier ones in its prompt. */
  prompt(
    question: Question,
    remembered?: readonly Question[],
    changes?: Partial<Prompt> & { readonly version?: number },
  ): void;
  fault(name: string, from: number, to?: number): void;
  /** What happened between bot and gateway. */
  gateway(...events: readonly PresenceEvent[]): void;
  /** What the store holds at the end. */
  keep(words: Partial<Record<keyof KeptWords, readonly string[]>>): void;
  /** It was refused by a mark. */
  mark(question: Question): void;
  evidence(): Evidence;
}

export const violationsOf = (evidence: Evidence): string[] =>
  check(evidence).violations.map(
    ({ promise, question, what }) => `${promise}: p${question.person}.q${question.question}, ${what}`,
  );

export const CHANNEL = '100';

const tagOf = (question: Question, version = 1): string => toTag({ ...question, version });

function toQuestion(question: number, changes: Partial<Question>): Question {
  const { person = 1, place = 0 } = changes;
  return {
    ...{ person, question, place, channelId: CHANNEL, messageId: String(1_000 + question) },
    ...{ isDirect: false, whileRunning: 'queue', conversation: `p${person} c${place}` },
    ...{ wantsThread: false, wishesThread: false, askedAt: question * 1_000, kind: 'short' },
    ...{ versions: 1, edits: [], presses: [], deletedAt: undefined, answerRemovedAt: undefined },
    ...{ mayBeStopped: false, stoppedAt: undefined, resetAt: undefined, mayBeReset: false },
    ...changes,
  };
}

export function makeUp(): MadeUp {
  const questions: Question[] = [];
  const prompts: Prompt[] = [];
  const spans: FaultSpan[] = [];
  const presence: PresenceEvent[] = [];
  const marked = new Set<string>();
  const sightings = createSightings((messageId) => marked.has(messageId));
  let kept: KeptWords | undefined;
  let messages = 0;
  return {
    ask(question, changes = {}) {
      const asked = toQuestion(question, changes);
      questions.push(asked);
      return asked;
    },
    edit(question, afterMs) {
      question.versions += 1;
      question.edits.push({ version: question.versions, at: question.askedAt + afterMs });
    },
    press(question, action, afterMs, isRefused = false) {
      const at = question.askedAt + afterMs;
      question.presses.push({ action, at, takenAt: at + 50, wasRefused: () => isRefused });
    },
    answer(question, { kind = 'short', at = question.askedAt + 500, version = 1, ...changes } = {}) {
      const secret = toSecret(question.person, question.place);
      const content = changes.content ?? toLines(tagOf(question, version), kind, `I know ${secret}`);
      messages += 1;
      const seen = {
        messageId: String(2_000 + messages),
        channelId: question.channelId,
        replyTo: question.messageId,
        tags: findTags(content),
        ...changes,
        content,
      };
      sightings.add(seen, at);
      return seen;
    },
    remove(seen) {
      sightings.remove(seen.messageId);
    },
    prompt(question, remembered = [], { version = 1, ...changes } = {}) {
      const earlier = remembered.map((each) => tagOf(each));
      const tag = tagOf(question, version);
      prompts.push({
        ...{ tag, at: question.askedAt + 100, remembered: new Set(earlier), toolResults: [] },
        ...{ asked: new Set([...earlier, tag]), together: new Set([tag]), answered: new Set(earlier) },
        ...changes,
      });
    },
    fault(name, from, to = from) {
      spans.push({ name, from, to });
    },
    gateway(...events) {
      presence.push(...events);
    },
    keep({ asked = [], answered = [], repeatable = [] }) {
      kept = { asked: new Set(asked), answered: new Set(answered), repeatable: new Set(repeatable) };
    },
    mark(question) {
      marked.add(question.messageId);
    },
    evidence: () => ({ questions, prompts, spans, presence, sightings, kept }),
  };
}
