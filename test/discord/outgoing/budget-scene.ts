import { afterEach, beforeEach, expect, vi } from 'vitest';
import { createOutgoingBudget } from '../../../src/discord/outgoing/outgoing-budget.ts';
import type { OutgoingRequest, Priority } from '../../../src/discord/outgoing/outgoing-request.ts';
import type { OutgoingBudget, OutgoingBudgetOptions } from '../../../src/discord/outgoing/ports.ts';
import type { FakeDiscord } from './fake-discord.ts';

/** Each test of the file begins at the same moment, on a clock of its own. */
export function useFakeClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

export function createBudget(
  discord: FakeDiscord,
  options: Partial<OutgoingBudgetOptions> = {},
): OutgoingBudget {
  return createOutgoingBudget({
    sender: discord,
    requestsPerSecond: 50,
    now: () => Date.now(),
    random: () => 0.5,
    ...options,
  });
}

export function create(channel: number, text = 'hello', priority: Priority = 'first-text'): OutgoingRequest {
  return {
    method: 'POST',
    path: `/channels/${channel}/messages`,
    priority,
    body: () => ({ json: { content: text, nonce: `${channel}.${text}`.slice(0, 25), enforce_nonce: true } }),
  };
}

export function edit(channel: number, text: string, priority: Priority = 'interim-edit'): OutgoingRequest {
  return {
    method: 'PATCH',
    path: `/channels/${channel}/messages/77`,
    priority,
    body: () => ({ json: { content: text } }),
  };
}

/** Advances the clock until the promise settles. */
export async function settled<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
  const state = { isSettled: false };
  const mark = (): void => {
    state.isSettled = true;
  };
  promise.then(mark, mark);
  for (let waited = 0; !state.isSettled && waited < limitMs; waited += 10)
    await vi.advanceTimersByTimeAsync(10);
  expect(state.isSettled, 'the promise settled').toBe(true);
  return promise;
}

export function contents(discord: FakeDiscord): unknown[] {
  return discord.arrivals.map(({ json }) => (json as { content?: string } | undefined)?.content);
}
