import { findSecrets, toName, toSecret, toTag } from './answer.ts';
import { createExcuses, type Excuses } from './excuses.ts';
import { readOutcome, type Outcome, type Reading } from './outcome.ts';
import type { Prompt } from './script.ts';
import type { Sightings } from './sightings.ts';
import type { FaultSpan } from './suffer.ts';
import type { Question } from './talk.ts';

export const promises = [
  'lost',
  'duplicated',
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
  readonly sightings: Pick<Sightings, 'of' | 'isMarkedAsRefused' | 'beganAt' | 'wholeAt'>;
  readonly prompts: readonly Prompt[];
  readonly spans: readonly FaultSpan[];
}

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** How often each was said in place of an answer or beside it. */
  readonly notices: ReadonlyMap<string, number>;
}

/** Of a conversation, so many earlier turns surely fit into a prompt. */
const REMEMBERED_TURNS = 15;

/** Compares what was promised with what people saw and what the model was asked. */
export function check(evidence: Evidence): Verdict {
  const { questions, sightings, spans } = evidence;
  const excuses = createExcuses(spans);
  const readings = new Map(
    questions.map((each) => [each, readOutcome(each, sightings.of(each), sightings.isMarkedAsRefused(each))]),
  );
  const outcomes = { whole: 0, notice: 0, partial: 0, nothing: 0 };
  for (const { outcome } of readings.values()) outcomes[outcome] += 1;
  const notices = new Map<string, number>();
  for (const said of [...readings.values()].flatMap((reading) => reading.notices)) {
    // What stands before it is a line of the answer that was broken off.
    const notice = said.split('\n\n').at(-1) ?? said;
    notices.set(notice, (notices.get(notice) ?? 0) + 1);
  }
  const trial = { ...evidence, readings, excuses };
  return {
    outcomes,
    notices,
    violations: [
      ...[...readings].flatMap(([question, reading]) => checkOutcome(question, reading, excuses)),
      ...byConversation(questions).flatMap((conversation) => [
        ...checkOrder(conversation, trial),
        ...checkMemory(conversation, trial),
      ]),
      ...checkTools(trial),
    ],
  };
}

interface Trial extends Evidence {
  readonly readings: ReadonlyMap<Question, Reading>;
  readonly excuses: Excuses;
}

function checkOutcome(question: Question, reading: Reading, excuses: Excuses): Violation[] {
  const { outcome, version, repeated, isDouble, seen } = reading;
  const violations: Violation[] = [];
  const add = (promise: Promised, what: string): void => {
    violations.push({ promise, question, what });
  };
  const isExcused = question.isDeleted || question.mayBeStopped || excuses.mayBeUnknown(question);
  if (outcome === 'nothing' && !isExcused) add('lost', 'there is no answer and no notice');
  if (outcome === 'partial' && !question.isDeleted && !excuses.mayBeUnknown(question)) {
    add('lost', 'its answer is not whole, and says nothing');
  }
  if (version !== undefined && version > question.versions) add('lost', `answered as version ${version}`);
  if (repeated.length > 0) add('duplicated', `it is there twice: ${repeated.slice(0, 5).join(', ')}`);
  if (isDouble) add('duplicated', `it has ${seen.length} ends`);
  const own = toSecret(question.person, question.place);
  const foreign = seen.flatMap(({ content }) => findSecrets(content)).filter((secret) => secret !== own);
  if (foreign.length > 0) add('leaked', `its answer tells ${foreign.join(', ')}`);
  if (seen.some(({ channelId }) => channelId !== question.channelId)) add('leaked', 'answered elsewhere');
  return violations;
}

/** Each person has a conversation of their own in each place. */
function byConversation(questions: readonly Question[]): readonly (readonly Question[])[] {
  return [...Map.groupBy(questions, ({ person, place }) => `${person} ${place}`).values()];
}

/** Answers begin in the order of their questions, as far as these came in order. */
function checkOrder(conversation: readonly Question[], { readings, sightings, excuses }: Trial): Violation[] {
  const violations: Violation[] = [];
  let latest: { readonly question: Question; readonly began: number } | undefined;
  for (const question of conversation) {
    const began = sightings.beganAt(question);
    const isWhole = readings.get(question)?.outcome === 'whole' && question.versions === 1;
    if (!isWhole || began === undefined || excuses.mayComeLate(question)) continue;
    if (latest && began < latest.began) {
      const what = `answered before question ${latest.question.question}`;
      violations.push({ promise: 'out of order', question, what });
    } else latest = { question, began };
  }
  return violations;
}

/** Whoever could read an answer when they asked on is understood: the model is told of it. */
function checkMemory(
  conversation: readonly Question[],
  { readings, sightings, prompts, excuses }: Trial,
): Violation[] {
  const violations: Violation[] = [];
  for (const [index, question] of conversation.entries()) {
    const asked = prompts.filter(({ tag, at }) => isOf(question, tag) && !excuses.mayBeUnreadable(at));
    for (const earlier of conversation.slice(Math.max(0, index - REMEMBERED_TURNS), index)) {
      const tag = toTag({ ...earlier, version: 1 });
      const wholeAt = sightings.wholeAt(tag) ?? Infinity;
      const wasRead = wholeAt < question.askedAt && !excuses.mayBeUnwritten(wholeAt);
      const stands =
        readings.get(earlier)?.outcome === 'whole' && earlier.versions === 1 && !earlier.isDeleted;
      if (!wasRead || !stands || asked.every(({ remembered }) => remembered.has(tag))) continue;
      const what = `the model is not told of question ${earlier.question}`;
      violations.push({ promise: 'forgotten', question, what });
    }
  }
  return violations;
}

function isOf(question: Question, tag: string): boolean {
  return tag.startsWith(`#${toName(question)}.`);
}

/** Once the model was given the results of a step, that step is never made again. */
function checkTools({ questions, prompts, excuses }: Trial): Violation[] {
  const violations: Violation[] = [];
  const asked = new Map(questions.map((each) => [`#${toName(each)}.`, each]));
  for (const [tag, steps] of Map.groupBy(prompts, (prompt) => prompt.tag)) {
    const question = asked.get(tag.replace(/v\d+#$/, ''));
    const from = steps.findIndex(({ toolResults }) => toolResults.length > 0);
    const results = steps[from]?.toolResults.join();
    const again = steps.slice(from).find(({ toolResults }) => toolResults.join() !== results);
    if (from === -1 || !question || !again) continue;
    if (steps.some(({ at }) => excuses.mayBeUnwritten(at))) continue;
    violations.push({
      promise: 'tools repeated',
      question,
      what: 'tools of a finished step were called again',
    });
  }
  return violations;
}
