import type { ServerResponse } from 'node:http';
import type { ScriptedRequest } from './types.ts';

const MAX_KEPT_REQUESTS = 10_000;

/** Called as a completion begins; the function it returns, when that completion has ended in whatever way. */
export type CompletionObserver = (request: ScriptedRequest) => (() => void) | undefined;

/** What was asked of the model, and how much of it is under way. */
export function createActivity(observer: CompletionObserver | undefined) {
  const requests: ScriptedRequest[] = [];
  let active = 0;
  let peakActive = 0;
  return {
    requests,
    get active() {
      return active;
    },
    get peakActive() {
      return peakActive;
    },
    /** Counts a completion until its connection has nothing more to do with it. */
    begin(request: ScriptedRequest, response: ServerResponse): void {
      if (requests.push(request) > MAX_KEPT_REQUESTS) requests.shift();
      active += 1;
      peakActive = Math.max(peakActive, active);
      const onEnd = observer?.(request);
      response.once('close', () => {
        active -= 1;
        onEnd?.();
      });
    },
  };
}
