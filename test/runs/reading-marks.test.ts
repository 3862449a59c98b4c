import { expect, test } from 'vitest';
import { sleep } from '../../src/lib/abort.ts';
import { withReadingMarks } from '../../src/runs/reading-marks.ts';
import { NO_FILES, type RunFiles } from '../../src/runs/run-attachments.ts';
import type { Run } from '../../src/runs/run.ts';
import { openMemoryStorage } from '../../src/storage/memory-storage.ts';
import type { KeyValueStore } from '../../src/storage/ports.ts';
import { toRun } from './run-service-scene.ts';

const file = { id: '7', name: 'report.pdf', url: 'https://files/7', contentType: null, size: 1 };

function toFileRun(): Run {
  const run = toRun(1);
  return { ...run, prompt: { ...run.prompt, attachments: [file] } };
}

const READ: RunFiles = new Map([
  [
    '7',
    { id: '7', name: 'report.pdf', isVoice: false, content: { kind: 'text', text: 'a', description: '' } },
  ],
]);

/** Processes that share a store; `work` is what they do to read. */
function createScene(store: KeyValueStore = openMemoryStorage({ timeoutMs: 1_000 }).namespace('reading')) {
  const warned: unknown[] = [];
  const log = { warn: (data: unknown) => warned.push(data) };
  const start = (processId: string, work: (signal: AbortSignal) => Promise<RunFiles>) => {
    const read = withReadingMarks((_, signal) => work(signal), { store, log, processId });
    return (run: Run, signal = new AbortController().signal) => read(run, signal);
  };
  return { start, store, warned };
}

const never = (signal: AbortSignal): Promise<RunFiles> => sleep(600_000, signal).then(() => NO_FILES);
const fine = (): Promise<RunFiles> => Promise.resolve(READ);

test('FAULTS 26: files with which a process died are not read again, and once more if they are asked for', async () => {
  const { start } = createScene();
  const stopped = new AbortController();
  // The first process never comes back from it.
  const dying = start('first', never)(toFileRun(), stopped.signal);
  await sleep(5);
  const second = start('second', fine);
  expect((await second(toFileRun())).get('7')).toMatchObject({
    name: 'report.pdf',
    content: { kind: 'unreadable', reason: expect.stringMatching(/left it alone/) as string },
  });
  expect(await second(toFileRun())).toBe(READ);
  stopped.abort(new Error('stopped'));
  await expect(dying).rejects.toThrow('stopped');
});

test('what was read, or stopped in order, is read again by the next process', async () => {
  const { start, store } = createScene();
  expect(await start('first', fine)(toFileRun())).toBe(READ);
  const stopped = new AbortController();
  const reading = start('first', never)(toFileRun(), stopped.signal);
  await sleep(5);
  expect(await store.get('1')).toBeDefined();
  stopped.abort(new Error('suspended'));
  await expect(reading).rejects.toThrow('suspended');
  expect(await start('second', fine)(toFileRun())).toBe(READ);
});

test('the same process reads again, for instance after an edit, and a run without files is not marked', async () => {
  const { start, store } = createScene();
  await store.set('1', { processId: 'first' });
  expect(await start('first', fine)(toFileRun())).toBe(READ);
  expect(await start('first', () => Promise.reject(new Error('not asked')))(toRun(2))).toBe(NO_FILES);
});

test('FAULTS 28: where the store is out of reach files are read all the same', async () => {
  const outage = () => Promise.reject(new Error('out of reach'));
  const { start, warned } = createScene({ get: outage, set: outage, delete: outage });
  expect(await start('first', fine)(toFileRun())).toBe(READ);
  expect(warned).toHaveLength(3);
});
