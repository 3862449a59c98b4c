import { pino } from 'pino';
import { describe, expect, test, vi } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import { createGaps } from '../../src/runs/gaps.ts';
import { createOwedWrites } from '../../src/runs/owed-writes.ts';
import { createRunStore } from '../../src/runs/run-store.ts';
import type { Run } from '../../src/runs/run.ts';
import { createMemoryRunTable } from '../../src/storage/memory-run-table.ts';
import type { RunTable } from '../../src/storage/run-table.ts';

const log = pino({ level: 'silent' });
const unavailable = (): Promise<never> =>
  Promise.reject(new StoreUnavailableError('test', new Error('locked')));
const quick = { minDelayMs: 5, maxDelayMs: 20 };

function toRun(id: string, text = 'question'): Run {
  return {
    ...{ version: 1, id, createdAt: 1, conversationId: 'one', guildId: null, channelId: '10' },
    audience: { kind: 'private', userId: '1' },
    requester: { id: '1', name: 'Ann' },
    origin: { kind: 'message', messageId: id },
    prompt: { text, quotes: [], attachments: [] },
    model: null,
    replaces: null,
  };
}

const step = (text: string) => ({
  reply: { text, toolCalls: [], finishReason: 'stop' as const, model: 'scripted' },
  results: [],
});

/** A table that the test can put out of reach. */
function createFlakyTable() {
  const inner = createMemoryRunTable();
  const state = { isDown: false };
  const table: RunTable = {
    ...inner,
    admit: (run) => (state.isDown ? unavailable() : inner.admit(run)),
    patch: (id, patch) => (state.isDown ? unavailable() : inner.patch(id, patch)),
    saveStep: (id, index, text) => (state.isDown ? unavailable() : inner.saveStep(id, index, text)),
    retire: (id) => (state.isDown ? unavailable() : inner.retire(id)),
  };
  return { table, state };
}

describe('FAULTS 28: what the store did not take', () => {
  test('is written when it is back: a run that ended meanwhile is not left open', async () => {
    const { table, state } = createFlakyTable();
    const store = createRunStore({ table, log, retry: quick });
    expect(await store.admit(toRun('1'), { isAgain: false })).toBe(true);
    state.isDown = true;
    const ending = { outcome: { kind: 'answered', text: 'yes' }, turn: null } as const;
    await store.end('1', ending);
    await store.markDelivered('1', ['900']);
    await store.retire('1');
    expect(await store.list()).toHaveLength(1);
    state.isDown = false;
    await vi.waitFor(async () => {
      expect(await store.list()).toEqual([]);
    });
  });

  test('a run that began meanwhile is known to the next process, with its steps', async () => {
    const { table, state } = createFlakyTable();
    const store = createRunStore({ table, log, retry: quick });
    state.isDown = true;
    expect(await store.admit(toRun('1'), { isAgain: false })).toBe(true);
    await store.saveStep('1', 0, step('first'));
    state.isDown = false;
    await store.flush();
    expect(await store.list()).toMatchObject([{ run: { id: '1' }, steps: [{ reply: { text: 'first' } }] }]);
    expect(await store.admit(toRun('1'), { isAgain: false })).toBe(false);
    expect(await table.cursors({ after: '0', limit: 10 })).toEqual(new Map([['10', '1']]));
  });

  test('a step of an edited question is never kept beside the question as it was', async () => {
    const { table, state } = createFlakyTable();
    const store = createRunStore({ table, log, retry: { minDelayMs: 60_000 } });
    await store.admit(toRun('1', 'old'), { isAgain: false });
    await store.saveStep('1', 0, step('to the old one'));
    state.isDown = true;
    await store.admit(toRun('1', 'new'), { isAgain: true });
    state.isDown = false;
    // The store is back, and the edit not yet written.
    await store.saveStep('1', 0, step('to the new one'));
    expect(await store.list()).toMatchObject([
      { run: { prompt: { text: 'old' } }, steps: [{ reply: { text: 'to the old one' } }] },
    ]);
    await store.flush();
    expect(await store.list()).toMatchObject([
      { run: { prompt: { text: 'new' } }, steps: [{ reply: { text: 'to the new one' } }] },
    ]);
  });

  test('what was under way behind it, and succeeded, is made again after it', async () => {
    const owed = createOwedWrites({ log, ...quick });
    const done: string[] = [];
    const first = Promise.withResolvers<string>();
    let tries = 0;
    const isFirst = owed.write('1', () =>
      tries++ === 0 ? first.promise : Promise.resolve(String(done.push('first'))),
    );
    const isSecond = owed.write('1', () => Promise.resolve(done.push('second')));
    await isSecond;
    first.reject(new StoreUnavailableError('test', new Error('locked')));
    expect(await isFirst).toBeUndefined();
    await vi.waitFor(() => {
      expect(done).toEqual(['second', 'first', 'second']);
    });
  });

  test('holds up no other run, and is bounded', async () => {
    const owed = createOwedWrites({ log, minDelayMs: 60_000, maxRuns: 2 });
    const done: string[] = [];
    let isDown = true;
    for (const id of ['1', '2', '3']) {
      await owed.write(id, () => (isDown ? unavailable() : Promise.resolve(done.push(id))));
    }
    expect(await owed.write('4', () => Promise.resolve('written'))).toBe('written');
    isDown = false;
    await owed.flush();
    expect(done).toEqual(['2', '3']);
  });
});

test('FAULTS 1: while something missed in a channel is not fetched, what is answered there moves no cursor', async () => {
  const table = createMemoryRunTable();
  const gaps = createGaps();
  const store = createRunStore({ table, gaps, log });
  await store.admit(toRun('1'), { isAgain: false });
  const gap = gaps.open();
  await store.admit(toRun('3'), { isAgain: false });
  gap.narrow(['10', '11']);
  await store.admit(toRun('4'), { isAgain: false });
  expect(await table.cursors({ after: '0', limit: 10 })).toEqual(new Map([['10', '1']]));
  const later = gaps.open();
  later.narrow(['11']);
  gap.close('10');
  await store.admit(toRun('2'), { isAgain: false });
  await store.admit(toRun('5'), { isAgain: false });
  expect(await table.cursors({ after: '0', limit: 10 })).toEqual(new Map([['10', '5']]));
  expect(gaps.has('11')).toBe(true);
  gap.close('11');
  later.close('11');
  expect(gaps.has('11')).toBe(false);
});
