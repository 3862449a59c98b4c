import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScriptedRequest } from '../../sandbox/model/types.ts';
import { toEndlessPdf, toHeapBomb } from '../attachments/pdf-files.ts';
import { startProcessScene, type ProcessScene } from './process-scene.ts';

let scene: ProcessScene;

beforeAll(async () => {
  scene = await startProcessScene({ SHUTDOWN_GRACE_MS: '1000' });
}, 30_000);
afterAll(() => scene[Symbol.asyncDispose]());

const toFile = (content: Uint8Array) => ({ attachments: [{ name: 'report.pdf', content }] });

/** What stood before the model in place of the file. */
function reasonIn(request: ScriptedRequest | undefined): string {
  const question = JSON.stringify(request?.messages.at(-1)?.content);
  return /it was not read: it ([^)]*)\)/.exec(question)?.[1] ?? `(none in ${question})`;
}

/** Runs whose files are being read. */
function countReading(): unknown {
  using database = scene.openStore();
  const row = database.prepare("SELECT count(*) AS count FROM entries WHERE namespace = 'reading'").get();
  return row?.['count'];
}

test('FAULTS 26: a PDF that fills whatever memory it gets is answered, and the bot is the same one', async () => {
  const ann = scene.enter('ann');
  ann.ask('what is in it?', toFile(toHeapBomb()));
  await ann.settled(1);
  expect(reasonIn(scene.requests.get('ann')?.[0])).toMatch(
    /^(unpacks to more than I can hold|takes too long to read)$/,
  );
  expect(scene.bot.log.filter((line) => line.includes('"msg":"ready"'))).toHaveLength(1);
  await expect.poll(countReading).toBe(0);
});

test('FAULTS 26, 27: killed while a file is read, the next process answers without that file', async () => {
  const ben = scene.enter('ben');
  ben.ask('what is in it?', toFile(toEndlessPdf()));
  await expect.poll(countReading).toBe(1);
  await scene.bot.kill();
  await scene.bot.start();
  await ben.settled(1);
  expect(reasonIn(scene.requests.get('ben')?.[0])).toMatch(/^was being read when I stopped without warning/);
  await expect.poll(countReading).toBe(0);
});

test('FAULTS 27: told to end while a file is read, it ends in time, and the next process reads it', async () => {
  const cleo = scene.enter('cleo');
  const { id } = cleo.ask('what is in it?', toFile(toEndlessPdf()));
  await expect.poll(countReading).toBe(1);
  scene.bot.signal('SIGTERM');
  expect(await scene.bot.exited()).toEqual({ code: 0, signal: null });
  await expect.poll(countReading).toBe(0);
  await scene.bot.start();
  await expect.poll(countReading).toBe(1);
  scene.discord.people.deleteMessage(scene.discord.message(cleo.channelId, id)?.author.id ?? '', id);
  await expect.poll(countReading).toBe(0);
});
