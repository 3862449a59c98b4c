import { describe, expect, test } from 'vitest';
import { sleep } from '../../src/lib/abort.ts';
import type { Run } from '../../src/runs/run.ts';
import {
  createDurableStore,
  createGate,
  createHarness,
  idle,
  openUntilIdle,
  outcomeOf,
  toRun,
} from './run-service-scene.ts';

describe('answers that only the token of an interaction can show', () => {
  const privately: Run['origin'] = { kind: 'interaction', interactionId: '1', token: 't', isPrivate: true };
  const expired = { kind: 'cancelled', text: '', by: 'expired' };

  test.each([
    ['a private answer', privately, expired],
    ['an answer where the bot is no member', { ...privately, isPrivate: false, isForeign: true }, expired],
    ['any other answer', { ...privately, isPrivate: false }, undefined],
  ] as const)('%s: ended in time or not', async (_, origin, outcome) => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer, { answerWindowMs: 15 });
    for (const id of [1, 2]) await runs.submit(toRun(id, { origin, conversationId: 'one' }));
    await sleep(40);
    expect(['1', '2'].map((id) => outcomeOf(events, id))).toEqual([outcome, outcome]);
    await openUntilIdle(runs, gate);
  });

  test('what is found after its time, by another process, is ended without asking the model', async () => {
    const store = createDurableStore();
    await store.admit(toRun(1, { origin: privately, createdAt: Date.now() - 20 * 60_000 }), {
      isAgain: false,
    });
    const asked: string[] = [];
    const answer = (question: string): string => {
      asked.push(question);
      return 'late';
    };
    const { runs, events } = createHarness(answer, { store });
    await runs.resume();
    await idle(runs);
    expect(outcomeOf(events, '1')).toEqual(expired);
    expect(asked).toEqual([]);
  });
});
