import { describe, expect, test } from 'vitest';
import { sleep } from '../../src/lib/abort.ts';
import type { Run } from '../../src/runs/run.ts';
import { createGate, createHarness, idle, openUntilIdle, outcomeOf, toRun } from './run-service-scene.ts';

describe('a question that changes', () => {
  test('FAULTS 10: edited while it waits, the new text is used', async () => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer);
    await runs.submit(toRun(1, { conversationId: 'one' }));
    await runs.submit(toRun(2, { conversationId: 'one' }));
    const prompt = { text: 'the new text', quotes: [], attachments: [] };
    expect(await runs.edit(toRun(2, { conversationId: 'one', prompt }), Date.now())).toBe(true);
    await openUntilIdle(runs, gate);
    expect(outcomeOf(events, '2')).toEqual({ kind: 'answered', text: 'answer to the new text' });
  });

  test('an edit changes what is asked, not where the run belongs', async () => {
    const gate = createGate();
    const { runs } = createHarness(gate.answer);
    await runs.submit(toRun(1, { conversationId: 'thread', channelId: '1', guildId: '5' }));
    const prompt = { text: 'better', quotes: [], attachments: [] };
    expect(await runs.edit(toRun(1, { prompt }), Date.now())).toBe(true);
    expect(await runs.find('1')).toMatchObject({ conversationId: 'thread', channelId: '1', prompt });
    await runs.drain(0, 1_000);
  });

  test('FAULTS 10: edited while the run is at work, it begins again and ends once', async () => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer);
    await runs.submit(toRun(1));
    await sleep(1);
    const prompt = { text: 'the new text', quotes: [], attachments: [] };
    expect(await runs.edit(toRun(1, { prompt }), Date.now())).toBe(true);
    await openUntilIdle(runs, gate);
    expect(events.filter(({ what }) => what === 'finished')).toHaveLength(1);
    expect(outcomeOf(events, '1')).toEqual({ kind: 'answered', text: 'answer to the new text' });
  });

  test('edited after it was answered, the answer is made anew over the same messages', async () => {
    const opened: Run[] = [];
    const { runs } = createHarness((question) => `answer to ${question}`, {
      observer: {
        firstText: () => undefined,
        toolCall: () => undefined,
        refused: () => undefined,
        ended: () => undefined,
      },
      toPrompt(run) {
        opened.push(run);
        return [{ role: 'user', content: run.prompt.text }];
      },
    });
    await runs.submit(toRun(1));
    await idle(runs);
    const prompt = { text: 'the new text', quotes: [], attachments: [] };
    expect(await runs.edit(toRun(1, { prompt }), Date.now())).toBe(true);
    await idle(runs);
    expect(opened[1]).toMatchObject({ prompt, replaces: { runId: '1', messageIds: ['900'] } });
  });

  test('FAULTS 10: edited twice at once after it was answered, the last text is answered', async () => {
    const { runs, events } = createHarness((question) => `answer to ${question}`);
    await runs.submit(toRun(1));
    await idle(runs);
    const toEdit = (text: string): Run => toRun(1, { prompt: { text, quotes: [], attachments: [] } });
    const now = Date.now();
    const edits = ['second', 'third', 'third'].map((text, index) => runs.edit(toEdit(text), now + index));
    expect(await Promise.all(edits)).toEqual([true, true, true]);
    await idle(runs);
    const last = events.findLast(({ what }) => what === 'finished');
    expect(last?.outcome).toEqual({ kind: 'answered', text: 'answer to third' });
  });

  test('FAULTS 10: deleted: the run stops, and what was answered is removed', async () => {
    const gate = createGate();
    const { runs, events } = createHarness(gate.answer);
    await runs.submit(toRun(1));
    await sleep(1);
    expect(await runs.forget('1')).toBe(true);
    expect(outcomeOf(events, '1')).toEqual({ kind: 'cancelled', text: '', by: 'deleted' });
    await runs.submit(toRun(2));
    await openUntilIdle(runs, gate);
    expect(await runs.forget('2')).toBe(true);
    expect(events.at(-1)).toEqual({ runId: '2', what: 'removed', text: '900' });
    expect(await runs.forget('3')).toBe(false);
  });

  test('answered once more, over the messages of the first answer', async () => {
    const { runs, events } = createHarness((question) => `answer to ${question}`);
    await runs.submit(toRun(1));
    await idle(runs);
    expect(await runs.retry('1', { createdAt: Date.now() })).toMatchObject({ kind: 'admitted' });
    expect(await runs.retry('1', { createdAt: Date.now() })).toBeUndefined();
    await idle(runs);
    expect(events.filter(({ what }) => what === 'finished')).toHaveLength(2);
    expect(await runs.find('1')).toMatchObject({ replaces: { runId: '1', messageIds: ['900'] } });
    expect(await runs.retry('2', { createdAt: Date.now() })).toBeUndefined();
  });
});
