import { describe, expect, test } from 'vitest';
import { sleep } from '../../src/lib/abort.ts';
import { createGate, createHarness, openUntilIdle, outcomeOf, toRun } from './run-service-scene.ts';

describe('a message while a run of its conversation is under way', () => {
  const one = { conversationId: 'one' };

  test('steer: it joins the run; too late for another step, it is a question of its own', async () => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer);
    await runs.submit(toRun(1, one));
    await sleep(1);
    expect(await runs.submit(toRun(2, one), { whileRunning: 'steer' })).toEqual({
      kind: 'steered',
      runId: '1',
    });
    await openUntilIdle(runs, gate);
    expect(outcomeOf(events, '2')).toEqual({ kind: 'answered', text: 'answer to question 2' });
  });

  test('steer: only its author joins a run; others wait', async () => {
    const gate = createGate();
    const { runs } = createHarness(gate.answer);
    await runs.submit(toRun(1, one));
    await sleep(1);
    const other = toRun(2, { ...one, requester: { id: '2', name: 'Bob' } });
    expect(await runs.submit(other, { whileRunning: 'steer' })).toEqual({
      kind: 'admitted',
      isPending: true,
    });
    await openUntilIdle(runs, gate);
  });

  test('steer: one with files takes its turn, since they have to be read first', async () => {
    const gate = createGate();
    const { runs } = createHarness(gate.answer);
    await runs.submit(toRun(1, one));
    await sleep(1);
    const attachment = { id: '9', name: 'a.txt', url: 'https://files/9', contentType: null, size: 1 };
    const prompt = { text: 'And this?', quotes: [], attachments: [attachment] };
    expect(await runs.submit(toRun(2, { ...one, prompt }), { whileRunning: 'steer' })).toMatchObject({
      kind: 'admitted',
    });
    await openUntilIdle(runs, gate);
  });

  test('interrupt: the run under way ends and the new question is next', async () => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer);
    await runs.submit(toRun(1, one));
    await sleep(1);
    await runs.submit(toRun(2, one), { whileRunning: 'interrupt' });
    await openUntilIdle(runs, gate);
    expect(outcomeOf(events, '1')).toEqual({ kind: 'cancelled', text: '', by: 'interrupted' });
    expect(outcomeOf(events, '2')).toMatchObject({ kind: 'answered' });
  });
});
