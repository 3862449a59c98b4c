import type { Fault } from './fault.ts';
import type { Random } from './random.ts';

/** A fault that is going to come. */
export interface PlannedFault {
  readonly fault: Fault;
  /** After the beginning. */
  readonly atMs: number;
  readonly lastsMs: number;
  /** For faults that are counted. */
  readonly times: number;
}

export interface FaultPlanOptions {
  readonly faults: readonly Fault[];
  readonly meanGapMs: number;
  readonly random: Random;
}

/** Faults without end, where there are any, in the order in which they come; the same for the same seed, whatever happens meanwhile. */
export function* planFaults({ faults, meanGapMs, random }: FaultPlanOptions): Generator<PlannedFault, void> {
  if (!isSome(faults)) return;
  const busyUntilMs = new Map<string, number>();
  for (let atMs = random.gapMs(meanGapMs); ; atMs += random.gapMs(meanGapMs)) {
    const fault = pickFault(faults, random);
    const lastsMs = random.integer(...fault.lastsMs);
    const times = random.integer(1, 4);
    const shared = fault.shares ?? fault.name;
    if (atMs < (busyUntilMs.get(shared) ?? 0)) continue;
    busyUntilMs.set(shared, atMs + lastsMs);
    yield { fault, atMs, lastsMs, times };
  }
}

function isSome(faults: readonly Fault[]): faults is readonly [Fault, ...Fault[]] {
  return faults.length > 0;
}

function pickFault(faults: readonly [Fault, ...Fault[]], random: Random): Fault {
  let left = random.next() * faults.reduce((sum, { weight }) => sum + weight, 0);
  return faults.find(({ weight }) => (left -= weight) < 0) ?? faults[0];
}
