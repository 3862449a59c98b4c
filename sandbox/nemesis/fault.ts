import type { Faults } from '../discord/types.ts';
import type { BotProcess } from './bot-process.ts';
import type { FaultKind } from './kinds.ts';
import type { ModelFault } from './script.ts';
import type { StoreFile } from './store-file.ts';

/** What faults are done to. */
export interface Victims {
  readonly bot: BotProcess;
  readonly discord: Faults;
  /** Whether the bot may speak in the server. */
  readonly allowSpeech: (isAllowed: boolean) => void;
  /** How far the clock of the bot's host is ahead of Discord's, ms. */
  readonly setClockAhead: (ms: number) => void;
  readonly setModelFault: (fault: ModelFault | undefined) => void;
  readonly store: StoreFile;
}

/** One way in which something goes wrong for a while. Whatever happens, `end` is called. */
export interface Fault {
  readonly name: string;
  readonly kind: FaultKind;
  /** How often it comes, compared with the others. */
  readonly weight: number;
  /** Of the faults that share something, one at a time comes. */
  readonly shares?: string;
  /** How long it lasts at least and at most, ms. */
  readonly lastsMs: readonly [number, number];
  /** `times`: 1 to 4, for what is counted and not timed. */
  readonly begin: (victims: Victims, times: number) => void;
  readonly end?: (victims: Victims) => void;
}

export function ofKind(kind: FaultKind, faults: readonly Omit<Fault, 'kind'>[]): readonly Fault[] {
  return faults.map((fault) => ({ ...fault, kind }));
}
