import { sleep } from '../../src/lib/abort.ts';
import type { QuestionKind } from './answer.ts';
import { questionKinds } from './answer.ts';
import type { FaultKind } from './kinds.ts';
import type { Random } from './random.ts';
import type { Speaker } from './speaker.ts';

/** Something that people do. */
export interface Act {
  readonly name: string;
  /** How often it comes, compared with the others. */
  readonly weight: number;
  /** It is left out with this kind. */
  readonly kind?: FaultKind;
  /** Chance is drawn first, so that what a person does does not depend on what the bot did. May take a while. */
  readonly perform: (speaker: Speaker, signal: AbortSignal) => Promise<void> | undefined;
}

const KINDS: readonly [QuestionKind, ...QuestionKind[]] = [...questionKinds, 'short', 'tools', 'slow'];

export function pickKind(random: Random): QuestionKind {
  return random.pick(KINDS);
}

/** A place where one asks without a thread. */
export function pickPlace({ options: { places, random } }: Speaker): number {
  const plain = [...places.keys()].filter((index) => places[index]?.isOfThreads !== true);
  return plain[random.integer(0, plain.length - 1)] ?? 0;
}

const USUAL_GAP_MS = 3_000;

/** Shorter where people are in a hurry. Rejects once the person has gone. */
export function pause({ options: { meanGapMs } }: Speaker, ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms * Math.min(1, meanGapMs / USUAL_GAP_MS), signal);
}
