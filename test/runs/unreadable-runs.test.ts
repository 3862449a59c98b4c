import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentStep } from '../../src/agent/ports.ts';
import { createRunStore, type RunStore } from '../../src/runs/run-store.ts';
import { createMemoryRunTable } from '../../src/storage/memory-run-table.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import type { RunRowPatch, RunTable } from '../../src/storage/run-table.ts';
import { temporaryFile } from '../storage/temporary-file.ts';
import { createHarness, idle, outcomeOf, toRun } from './run-service-scene.ts';

const log = pino({ level: 'silent' });
const LOST = /lost track of this question/;
const reply = { text: 'First, ', toolCalls: [], finishReason: 'tool-calls', model: 'm' } as const;

/** A store with run 7, as it was written, and then as `spoil` leaves it. */
async function spoiled(patch: RunRowPatch, spoil?: (table: RunTable) => Promise<void>): Promise<RunStore> {
  const table = { ...createMemoryRunTable(), isDurable: true };
  const store = createRunStore({ table, log });
  await store.admit(toRun(7), { isAgain: false });
  await table.patch('7', patch);
  await spoil?.(table);
  return store;
}

/** What two further processes show of run 7. */
async function shownLater(store: RunStore) {
  const shown = [];
  for (let process = 0; process < 2; process += 1) {
    const { runs, events } = createHarness((question) => `answer to ${question}`, { store });
    await runs.resume();
    await idle(runs);
    await runs.drain(1_000, 1_000);
    shown.push(
      ...events.filter(({ what }) => what === 'finished').map(({ runId }) => outcomeOf(events, runId)),
    );
  }
  expect(await store.list()).toEqual([]);
  return shown;
}

const record = JSON.stringify(toRun(7));

test.each([
  ['is no JSON', '{'],
  ['is a list', '[]'],
  ['is nothing', 'null'],
  ['is nested without end', '['.repeat(100_000)],
  ['broke off', record.slice(0, -40)],
  ['is of a newer version', record.replace('"version":1', '"version":2,"news":[]')],
  ['has a field too many', record.replace('{', '{"__proto__":{"a":1},"more":1,')],
  ['has another kind of prompt', record.replace(/"prompt":\{.*?\}/, '"prompt":"question"')],
  ['has lost its origin', record.replace('"kind":"message"', '"kind":"pigeon"')],
])('FAULTS 27: the person is told once where the record %s', async (_what, text) => {
  // The question moved the cursor of its channel, which is known even where the record says nothing.
  const shown = await shownLater(await spoiled({ record: text }));
  expect(shown).toMatchObject([{ kind: 'failed', notice: expect.stringMatching(LOST) as string }]);
});

test('FAULTS 27: a step that cannot be read ends its run in a notice, and nothing is done again', async () => {
  const store = await spoiled({}, (table) => table.saveStep('7', 0, '{"reply":{},"results":[]}'));
  expect(await shownLater(store)).toMatchObject([
    { kind: 'failed', notice: expect.stringMatching(LOST) as string },
  ]);
});

test('FAULTS 27: what the receipt said is looked for in the channel, and the answer goes on', async () => {
  expect(await shownLater(await spoiled({ receipt: '[1' }))).toEqual([
    { kind: 'answered', text: 'answer to question 7' },
  ]);
});

test('FAULTS 27: an answer whose file cannot be read is delivered without it, which is said', async () => {
  const outcome = { kind: 'answered', text: 'Here.', files: [{ name: 'a.txt', base64: '' }] };
  expect(await shownLater(await spoiled({ ending: JSON.stringify({ outcome, turn: null }) }))).toEqual([
    { kind: 'answered', text: 'Here.', notice: '(Files that belonged to this answer were lost.)' },
  ]);
});

test('FAULTS 27: an answer is delivered whose memory cannot be read', async () => {
  const outcome = { kind: 'answered', text: 'Here.' };
  expect(
    await shownLater(await spoiled({ ending: JSON.stringify({ outcome, turn: { runId: 7 } }) })),
  ).toEqual([outcome]);
});

test('what stands already is not followed by a notice', async () => {
  const store = await spoiled({ ending: '{' }, (table) => table.patch('7', { isDelivered: true }));
  expect(await shownLater(store)).toEqual([]);
});

test('a record that says nothing at all goes, and the others are read', async () => {
  const table = { ...createMemoryRunTable(), isDurable: true };
  const store = createRunStore({ table, log });
  await table.admit({ id: 'seven', cursors: [], createdAt: 1, record: '{', isAgain: false });
  await store.admit(toRun(8), { isAgain: false });
  expect((await store.list()).map(({ run }) => run.id)).toEqual(['8']);
  expect((await table.list()).map(({ id }) => id)).toEqual(['8']);
});

test('FAULTS 27: a step that could not be read again is not written, and its run ends in a notice if the process dies', async () => {
  const table = { ...createMemoryRunTable(), isDurable: true };
  const store = createRunStore({ table, log });
  await store.admit(toRun(7), { isAgain: false });
  const file = { name: 'a.txt', contentType: Object, base64: '' };
  const result = { toolCallId: 'a', name: 't', content: '', isError: false, durationMs: 1, files: [file] };
  await store.saveStep('7', 0, { reply, results: [result] } as unknown as AgentStep);
  expect((await store.list()).map(({ ending }) => ending?.outcome)).toMatchObject([
    { notice: expect.stringMatching(LOST) as string },
  ]);
  // This process goes on with it.
  await store.end('7', { outcome: { kind: 'answered', text: 'Done.' }, turn: null });
  expect(await shownLater(store)).toEqual([{ kind: 'answered', text: 'Done.' }]);
});

test('FAULTS 27: an ending is written so that it can be read again', async () => {
  const store = await spoiled({});
  const files = [{ name: 'a.txt', contentType: Object, base64: '' }];
  const outcome = { kind: 'answered', text: 'Here.', files } as never;
  await store.end('7', { outcome, turn: null });
  expect(await shownLater(store)).toMatchObject([
    { kind: 'answered', text: 'Here.', notice: expect.any(String) as string },
  ]);
});

test('FAULTS 27: told in the channel where the store itself was damaged', async () => {
  const path = await temporaryFile();
  const storage = await openStorage({ url: `sqlite://${path}` });
  onTestFinished(() => storage.close());
  const store = createRunStore({ table: storage.runs, log });
  await store.admit(toRun(7), { isAgain: false });
  using database = new DatabaseSync(path);
  database.exec("UPDATE runs SET record = 'gone'");
  expect(await shownLater(store)).toMatchObject([{ kind: 'failed' }]);
  expect(database.prepare('SELECT count(*) AS count FROM runs').get()).toEqual({ count: 0 });
});
