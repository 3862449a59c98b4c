import { nameOfTag, toName } from './answer.ts';
import { checkEdits, checkRemoved, checkStop, checkTakenBack } from './check-changes.ts';
import { checkEnd } from './check-ends.ts';
import { checkKeptMemory, checkMemory, checkOrder } from './check-talk.ts';
import { checkTools } from './check-tools.ts';
import { createExcuses } from './excuses.ts';
import { readOutcome, type Outcome, type Reading } from './outcome.ts';
import { createPresence } from './presence.ts';
import type { Question } from './question.ts';
import type { Prompt } from './script.ts';
import type { Evidence, Trial, Violation } from './trial.ts';

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** How often each was said in place of an answer or beside it. */
  readonly notices: ReadonlyMap<string, number>;
}

/** Compares what was promised with what people saw, what the model was asked, and what is kept. */
export function check(evidence: Evidence): Verdict {
  const trial = openTrial(evidence);
  const { readings, conversations } = trial;
  const outcomes = { whole: 0, notice: 0, partial: 0, nothing: 0 };
  for (const { outcome } of readings.values()) outcomes[outcome] += 1;
  return {
    outcomes,
    notices: countNotices([...readings.values()]),
    violations: [
      ...[...readings].flatMap(([question, reading]) => [
        ...checkEnd(question, reading, trial),
        ...checkEdits(question, trial),
        ...checkTakenBack(question, trial),
        ...checkRemoved(question, trial),
        ...checkStop(question, trial),
      ]),
      ...conversations.flatMap((conversation) => [
        ...checkOrder(conversation, trial),
        ...checkMemory(conversation, trial),
        ...checkKeptMemory(conversation, trial),
      ]),
      ...checkTools(trial),
    ],
  };
}

function openTrial(evidence: Evidence): Trial {
  const { questions, sightings, prompts, spans } = evidence;
  const presence = createPresence(evidence.presence);
  return {
    ...evidence,
    presence,
    excuses: createExcuses(spans, presence),
    readings: new Map(
      questions.map((each) => [
        each,
        readOutcome(each, sightings.of(each), sightings.isMarkedAsRefused(each)),
      ]),
    ),
    conversations: [...Map.groupBy(questions, ({ conversation }) => conversation).values()],
    promptsOf: Map.groupBy(prompts, ({ tag }) => (tag === undefined ? '' : nameOfTag(tag))),
    promptsWith: groupByAsked(prompts),
    byName: new Map<string, Question>(questions.map((each) => [toName(each), each])),
    byMessage: new Map<string, Question>(questions.map((each) => [each.messageId, each])),
  };
}

function groupByAsked(prompts: readonly Prompt[]): ReadonlyMap<string, readonly Prompt[]> {
  const groups = new Map<string, Prompt[]>();
  for (const prompt of prompts) {
    for (const name of new Set([...prompt.asked].map(nameOfTag))) {
      const group = groups.get(name);
      if (group) group.push(prompt);
      else groups.set(name, [prompt]);
    }
  }
  return groups;
}

function countNotices(readings: readonly Reading[]): ReadonlyMap<string, number> {
  const notices = new Map<string, number>();
  for (const said of readings.flatMap((reading) => reading.notices)) {
    // What stands before it is a line of the answer that was broken off.
    const notice = said.split('\n\n').at(-1) ?? said;
    notices.set(notice, (notices.get(notice) ?? 0) + 1);
  }
  return notices;
}
