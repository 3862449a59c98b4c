import { pause, pickKind, pickPlace, type Act } from './act.ts';
import type { QuestionKind } from './answer.ts';
import type { Question } from './question.ts';
import type { Speaker } from './speaker.ts';

/** How far back people change what they said. */
const RECENT = 6;

/** Questions that are edited and deleted: while they wait, are worked on and are delivered, and afterwards. */
export const changeActs: readonly Act[] = [
  {
    name: 'edit',
    weight: 5,
    kind: 'edits',
    perform(speaker) {
      const { back, kind } = draw(speaker);
      const question = recent(speaker, back);
      if (question) speaker.edit(question, kind);
      return undefined;
    },
  },
  {
    name: 'remove',
    weight: 4,
    kind: 'edits',
    perform(speaker) {
      const question = recent(speaker, draw(speaker).back);
      if (question) speaker.remove(question);
      return undefined;
    },
  },
  {
    name: 'update without another text',
    weight: 2,
    kind: 'edits',
    perform(speaker) {
      const question = recent(speaker, draw(speaker).back);
      if (question) speaker.touch(question);
      return undefined;
    },
  },
  {
    name: 'ask and change one’s mind',
    weight: 8,
    kind: 'edits',
    async perform(speaker, signal) {
      const { random } = speaker.options;
      const place = pickPlace(speaker);
      const [first, second] = [pickKind(random), pickKind(random)];
      const waitMs = random.integer(0, 2_000);
      const isTakenBack = random.chance(0.4);
      const question = speaker.ask(place, first);
      await pause(speaker, waitMs, signal);
      if (isTakenBack) speaker.remove(question);
      else speaker.edit(question, second);
    },
  },
];

function draw({ options: { random } }: Speaker): { back: number; kind: QuestionKind } {
  return { back: random.integer(1, RECENT), kind: pickKind(random) };
}

function recent(speaker: Speaker, back: number): Question | undefined {
  return speaker.standing().at(-back);
}
