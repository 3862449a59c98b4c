import { sleep } from '../../src/lib/abort.ts';
import type { PlannedFault } from './fault-plan.ts';
import type { Victims } from './fault.ts';
import type { History } from './history.ts';

/** A stretch of time, ms as the history counts. */
export interface FaultSpan {
  readonly name: string;
  readonly from: number;
  to: number;
}

export interface SufferOptions {
  readonly victims: Victims;
  readonly history: History;
}

/** Lets planned faults come until the signal aborts, several at a time; resolves with when each was, once all have ended. */
export async function suffer(
  plan: Iterable<PlannedFault>,
  { victims, history }: SufferOptions,
  signal: AbortSignal,
): Promise<readonly FaultSpan[]> {
  const spans: FaultSpan[] = [];
  const underWay = new Set<Promise<void>>();
  const startedAt = history.now();

  const sufferOne = async ({ fault, lastsMs, times }: PlannedFault): Promise<void> => {
    const span = { name: fault.name, from: history.now(), to: Infinity };
    spans.push(span);
    history.add(`fault: ${fault.name}`);
    fault.begin(victims, times);
    await isOver(lastsMs, signal);
    fault.end?.(victims);
    span.to = history.now();
    if (fault.end) history.add(`over: ${fault.name}`);
  };

  for (const planned of plan) {
    if (await isOver(startedAt + planned.atMs - history.now(), signal)) break;
    const suffered = sufferOne(planned).finally(() => underWay.delete(suffered));
    underWay.add(suffered);
  }
  await Promise.all(underWay);
  victims.discord.clear();
  return spans;
}

/** Waits; resolves with whether the signal has aborted meanwhile. */
async function isOver(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(Math.max(0, ms), signal).catch(() => undefined);
  return signal.aborted;
}
