import { nameOfTag, toName, toTag, versionOfTag } from './answer.ts';
import type { Excuses } from './excuses.ts';
import type { KeptWords } from './kept-words.ts';
import type { Reading } from './outcome.ts';
import type { Presence, PresenceEvent } from './presence.ts';
import { lastChangeAt, type Question } from './question.ts';
import type { Prompt } from './script.ts';
import type { Sightings } from './sightings.ts';
import type { FaultSpan } from './suffer.ts';

export const promises = [
  'lost',
  'duplicated',
  'kept',
  'outdated',
  'not stopped',
  'out of order',
  'tools repeated',
  'forgotten',
  'leaked',
] as const;
export type Promised = (typeof promises)[number];

/** A promise that was broken. */
export interface Violation {
  readonly promise: Promised;
  readonly question: Question;
  readonly what: string;
}

export interface Evidence {
  readonly questions: readonly Question[];
  readonly sightings: Omit<Sightings, 'stop'>;
  readonly prompts: readonly Prompt[];
  readonly spans: readonly FaultSpan[];
  readonly presence: readonly PresenceEvent[];
  /** At the very end; undefined before, and where it could not be read. */
  readonly kept?: KeptWords | undefined;
}

/** The evidence, and what all checks make of it. */
export interface Trial extends Omit<Evidence, 'presence'> {
  readonly readings: ReadonlyMap<Question, Reading>;
  readonly excuses: Excuses;
  readonly presence: Presence;
  /** Each in its order. */
  readonly conversations: readonly (readonly Question[])[];
  /** By the names of their questions. */
  readonly promptsOf: ReadonlyMap<string, readonly Prompt[]>;
  /** In which its words were sent, by the names of questions. */
  readonly promptsWith: ReadonlyMap<string, readonly Prompt[]>;
  readonly byName: ReadonlyMap<string, Question>;
  readonly byMessage: ReadonlyMap<string, Question>;
}

/** Of the version that its person wants answered last, or that they had said at that time. */
export function lastTagOf(question: Question, at = Infinity): string {
  const version = question.edits.findLast((edit) => edit.at <= at)?.version ?? 1;
  return toTag({ ...question, version });
}

/** Whether it is at the end of an answer that began as the answer to another question. */
export function isJoined(question: Question, { sightings }: Pick<Trial, 'sightings'>): boolean {
  return [...sightings.carriersOf(question)].some((messageId) => messageId !== question.messageId);
}

/**
 * It was answered together with one that joined it, or that it joined: the model was asked both in one, and that
 * answer stands there whole.
 */
export function isAnsweredTogether(question: Question, trial: Trial): boolean {
  if (question.whileRunning !== 'steer') return false;
  const tag = lastTagOf(question);
  return trial.prompts.some((prompt) => {
    if (prompt.tag === undefined || !prompt.together.has(tag)) return false;
    const last = trial.byName.get(nameOfTag(prompt.tag));
    if (!last || last === question || !isJoined(last, trial)) return false;
    const reading = trial.readings.get(last);
    return reading?.outcome === 'whole' && reading.version === versionOfTag(prompt.tag);
  });
}

/**
 * It was asked together with another question, which ended with a sentence for both; or could be read whole at the end
 * of its answer once, and something was done to that one afterwards.
 */
export function wentWithAnother(question: Question, trial: Trial): boolean {
  const { sightings, byMessage, readings } = trial;
  if (askedTogether(question, trial).some((other) => endedWithWords(readings.get(other)))) return true;
  const wholeAt = sightings.wholeAt(lastTagOf(question));
  return [...sightings.carriersOf(question)].some((messageId) => {
    const carrier = messageId === question.messageId ? undefined : byMessage.get(messageId);
    if (!carrier) return false;
    if (endedWithWords(readings.get(carrier))) return true;
    return wholeAt !== undefined && (lastChangeAt(carrier) > wholeAt || carrier.mayBeStopped);
  });
}

function endedWithWords(reading: Reading | undefined): boolean {
  return reading?.outcome === 'notice' && !reading.isRefused;
}

/** With which it was one question to the model. */
function askedTogether(question: Question, { byName, promptsWith }: Trial): Question[] {
  const name = toName(question);
  return (promptsWith.get(name) ?? [])
    .map(({ together }) => [...together].map(nameOfTag))
    .filter((names) => names.includes(name))
    .flat()
    .flatMap((other) => (other === name ? [] : (byName.get(other) ?? [])));
}

/** Later questions that may have taken its place. */
export function interruptersOf(question: Question, trial: Trial): readonly Question[] {
  if (question.whileRunning !== 'interrupt') return [];
  const wholeAt = question.presses.length > 0 ? Infinity : trial.sightings.wholeAt(lastTagOf(question));
  return trial.questions.filter(
    (other) =>
      other.conversation === question.conversation &&
      other.askedAt > question.askedAt &&
      other.askedAt < (wholeAt ?? Infinity),
  );
}
