import { sleep } from '../../src/lib/abort.ts';
import type { Act } from './act.ts';
import { changeActs } from './change-acts.ts';
import { controlActs } from './control-acts.ts';
import { allKinds, type FaultKind } from './kinds.ts';
import type { Question } from './question.ts';
import { createSpeaker, type PersonOptions } from './speaker.ts';
import { steeringActs } from './steering-acts.ts';
import { talkActs } from './talk-acts.ts';
import { threadActs } from './thread-acts.ts';

export interface Person {
  readonly number: number;
  readonly userId: string;
  readonly questions: readonly Question[];
  /** Asks in each place and resolves at once. */
  greet(): void;
  /** Talks until the signal aborts, and rejects then. */
  talk(signal: AbortSignal): Promise<void>;
}

export const allActs: readonly Act[] = [
  ...talkActs,
  ...changeActs,
  ...threadActs,
  ...steeringActs,
  ...controlActs,
];

/** `kinds`: what people do beside talking (everything). */
export function createPerson(options: PersonOptions, kinds: ReadonlySet<FaultKind> = allKinds): Person {
  const { number, userId, places, random, meanGapMs } = options;
  const speaker = createSpeaker(options);
  const acts = allActs.filter(({ kind }) => kind === undefined || kinds.has(kind));
  const total = acts.reduce((sum, { weight }) => sum + weight, 0);
  return {
    number,
    userId,
    questions: speaker.questions,
    greet() {
      for (const place of places.keys()) speaker.ask(place, 'short');
    },
    async talk(signal) {
      for (;;) {
        await sleep(random.gapMs(meanGapMs), signal);
        let left = random.next() * total;
        const act = acts.find(({ weight }) => (left -= weight) < 0);
        try {
          await act?.perform(speaker, signal);
        } catch (error) {
          signal.throwIfAborted();
          speaker.tell(`p${number} could not ${act?.name ?? ''}: ${String(error)}`);
        }
      }
    },
  };
}
