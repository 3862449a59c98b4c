import type { ThreadOpening, ThreadRequest, Threads } from '../../src/intake/threads.ts';

export interface FakeThreads extends Threads {
  readonly requests: readonly ThreadRequest[];
  readonly asked: Threads['asked'] & { readonly calls: readonly string[] };
}

/** Opens what it is asked for: under a message with its id, else as 700. */
export function createFakeThreads(opening?: ThreadOpening | Promise<ThreadOpening>): FakeThreads {
  const requests: ThreadRequest[] = [];
  const calls: string[] = [];
  const asked = (channelId: string, text: string): void => {
    calls.push(`${channelId}: ${text}`);
  };
  return {
    requests,
    asked: Object.assign(asked, { calls }),
    async open(request) {
      requests.push(request);
      return opening ?? { kind: 'opened', channelId: request.messageId ?? '700' };
    },
  };
}
