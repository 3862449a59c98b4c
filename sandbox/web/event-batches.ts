import type { SimulatorEvent } from '../discord/types.ts';

const BATCH_MS = 16;

/** Joins the events of one frame of the page into one message. */
export function createEventBatches(send: (events: readonly SimulatorEvent[]) => void) {
  let waiting: SimulatorEvent[] = [];
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const events = waiting;
    waiting = [];
    if (events.length > 0) send(events);
  };

  return {
    add(event: SimulatorEvent): void {
      waiting.push(event);
      timer ??= setTimeout(flush, BATCH_MS);
    },
    flush,
    stop(): void {
      clearTimeout(timer);
    },
  };
}
