import { findSecrets, toSecret, toTag } from './answer.ts';
import type { FaultSpan } from './faults.ts';
import { readOutcome, type Outcome, type Reading } from './outcome.ts';
import type { Prompt } from './script.ts';
import type { Sightings } from './sightings.ts';
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
  readonly sightings: Pick<Sightings, 'of' | 'isMarkedAsRefused' | 'wholeAt'>;
  readonly prompts: readonly Prompt[];
  readonly spans: readonly FaultSpan[];
}

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly outcomes: Readonly<Record<Outcome, number>>;
}

/** Of a conversation, so many earlier turns surely fit into a prompt. */
const REMEMBERED_TURNS = 15;
const diskFaults = ['disk slow', 'disk failing'];
/** A disk that failed is felt for a while. */
const AFTERMATH_MS = 6_000;

/** Compares what was promised with what people saw and what the model was asked. */
export function check(evidence: Evidence): Verdict {
  const { questions, sightings } = evidence;
  const readings = new Map(
    questions.map((each) => [each, readOutcome(each, sightings.of(each), sightings.isMarkedAsRefused(each))]),
  );
  const outcomes = { whole: 0, notice: 0, partial: 0, nothing: 0 };
  for (const { outcome } of readings.values()) outcomes[outcome] += 1;
  return {
    outcomes,
    violations: [
      ...[...readings].flatMap(([question, reading]) => checkOutcome(question, reading)),
      ...byConversation(questions).flatMap((conversation) => checkOrder(conversation, readings, evidence)),
      ...byConversation(questions).flatMap((conversation) => checkMemory(conversation, readings, evidence)),
      ...checkTools(evidence),
    ],
  };
}

function checkOutcome(question: Question, reading: Reading): Violation[] {
  const { outcome, version, repeated, isDouble, seen } = reading;
  const violations: Violation[] = [];
  const add = (promise: Promised, what: string): void => {
    violations.push({ promise, question, what });
  };
  const isExcused = question.isDeleted || question.mayBeStopped;
  if (outcome === 'nothing' && !isExcused) add('lost', 'there is no answer and no notice');
  if (outcome === 'partial' && !question.isDeleted) add('lost', 'its answer is not whole, and says nothing');
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
function checkOrder(
  conversation: readonly Question[],
  readings: ReadonlyMap<Question, Reading>,
  { spans }: Evidence,
): Violation[] {
  const violations: Violation[] = [];
  let latest: { readonly question: Question; readonly first: bigint } | undefined;
  for (const question of conversation) {
    const reading = readings.get(question);
    const isReordered = isWithin(question.askedAt, spans, 'dispatches reordered', 500);
    if (reading?.outcome !== 'whole' || question.versions > 1 || isReordered) continue;
    const first = BigInt(reading.seen[0]?.messageId ?? 0);
    if (latest && first < latest.first) {
      const what = `answered before question ${latest.question.question}`;
      violations.push({ promise: 'out of order', question, what });
    } else latest = { question, first };
  }
  return violations;
}

/** Whoever could read an answer when they asked on is understood: the model is told of it. */
function checkMemory(
  conversation: readonly Question[],
  readings: ReadonlyMap<Question, Reading>,
  { sightings, prompts, spans }: Evidence,
): Violation[] {
  const violations: Violation[] = [];
  for (const [index, question] of conversation.entries()) {
    const asked = prompts.filter(
      ({ tag, at }) =>
        isOf(question, tag) && !diskFaults.some((name) => isWithin(at, spans, name, AFTERMATH_MS)),
    );
    for (const earlier of conversation.slice(Math.max(0, index - REMEMBERED_TURNS), index)) {
      const tag = toTag({ ...earlier, version: 1 });
      const wasRead = (sightings.wholeAt(tag) ?? Infinity) < question.askedAt;
      const stands =
        readings.get(earlier)?.outcome === 'whole' && earlier.versions === 1 && !earlier.isDeleted;
      if (!wasRead || !stands || asked.every(({ remembered }) => remembered.has(tag))) continue;
      const what = `the model is not told of question ${earlier.question}`;
      violations.push({ promise: 'forgotten', question, what });
    }
  }
  return violations;
}

function isOf({ person, question }: Question, tag: string): boolean {
  return tag.startsWith(`#p${person}.q${question}.`);
}

/** Once the model was given the results of a step, that step is never made again. */
function checkTools({ questions, prompts, spans }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const asked = new Map(questions.map((each) => [`#p${each.person}.q${each.question}.`, each]));
  for (const [tag, steps] of Map.groupBy(prompts, (prompt) => prompt.tag)) {
    const question = asked.get(tag.replace(/v\d+#$/, ''));
    const from = steps.findIndex(({ toolResults }) => toolResults.length > 0);
    const results = steps[from]?.toolResults.join();
    const again = steps.slice(from).find(({ toolResults }) => toolResults.join() !== results);
    if (from === -1 || !question || !again) continue;
    const isUnwritten = steps.some(({ at }) => isWithin(at, spans, 'disk failing', AFTERMATH_MS));
    if (isUnwritten) continue;
    violations.push({
      promise: 'tools repeated',
      question,
      what: 'tools of a finished step were called again',
    });
  }
  return violations;
}

function isWithin(at: number, spans: readonly FaultSpan[], name: string, aftermathMs: number): boolean {
  return spans.some((span) => span.name === name && at >= span.from && at <= span.to + aftermathMs);
}
