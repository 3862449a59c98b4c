import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { delta, done, sendStream, startModelServer, type ModelServer } from '../model/model-server.ts';
import { startProcessScene, type ProcessScene } from './process-scene.ts';

const storeProgram = fileURLToPath(new URL('../../src/store-cli.ts', import.meta.url));
const COUNTING = 'one two three four five six seven eight nine ten '.repeat(40).trim();

let spare: ModelServer;
let scene: ProcessScene;

beforeAll(async () => {
  spare = await startModelServer();
  spare.answer((response) => {
    sendStream(response, [delta({ content: 'From the spare one.' }), delta({}, 'stop'), done]);
  });
  scene = await startProcessScene({
    OPENAI_FALLBACK_MODELS: `spare-model@${spare.baseUrl}#SPARE_KEY`,
    SPARE_KEY: 'the-key-of-the-spare-one',
    SHUTDOWN_GRACE_MS: '20000',
  });
}, 30_000);
afterAll(async () => {
  await scene[Symbol.asyncDispose]();
  await spare.stop();
});

/** As `npm run store` starts it. */
async function store(...args: string[]) {
  const child = spawn(process.execPath, [storeProgram, ...args], {
    env: { STORE_URL: `sqlite://${scene.storePath}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: child.exitCode, out, err };
}

test('FAULTS 14: the model is out of reach: another answers, at its own address and with its own key, and the person is told', async () => {
  const ann = scene.enter('ann', () => ({ status: 401 }));
  ann.ask('one');
  await ann.settled(1);
  expect(ann.answers()).toEqual([
    'From the spare one.\n\n(Answered by spare-model: the usual model is out of reach just now.)',
  ]);
  expect(spare.headers.map(({ authorization }) => authorization)).toEqual([
    'Bearer the-key-of-the-spare-one',
  ]);
  expect(spare.bodies[0]?.['model']).toBe('spare-model');
  expect(scene.bot.log.join('\n')).not.toContain('the-key-of-the-spare-one');
});

test('FAULTS 22: Discord fails in the middle of an answer: it is kept, and whole when Discord is back', async () => {
  const ben = scene.enter('ben', () => ({ text: COUNTING, tokenMs: 5, chunkCharacters: 10 }));
  ben.ask('count');
  await expect.poll(() => ben.answers().join().length, { timeout: 30_000 }).toBeGreaterThan(100);
  scene.discord.faults.rest({ path: /messages/, status: 503 });
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(ben.answers().join().length).toBeLessThan(COUNTING.length);
  scene.discord.faults.clear();
  await ben.settled(1);
  expect(ben.answers()).toEqual([COUNTING]);
});

test('a backup of the bot at work, restored: sound, and the memory is that of its moment', async () => {
  const cem = scene.enter('cem');
  cem.ask('one');
  await cem.settled(1);
  const others = ['dan', 'eve', 'fay'].map((name) =>
    scene.enter(name, () => ({ text: COUNTING, tokenMs: 5 })),
  );
  for (const other of others) other.ask('talk meanwhile');
  const copy = join(scene.directory, 'copy.db');
  expect(await store('backup', copy)).toMatchObject({ code: 0, err: '' });
  for (const other of others) await other.settled(1);
  cem.ask('two');
  await cem.settled(2);
  expect(await store('restore', copy)).toMatchObject({ code: 1 });

  scene.bot.signal('SIGTERM');
  expect(await scene.bot.exited()).toEqual({ code: 0, signal: null });
  expect(await store('restore', copy)).toMatchObject({ code: 0, err: '' });
  expect(await store('check')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/Integrity +ok/) as string,
  });
  const before = scene.discord.messages(cem.channelId).length;
  await scene.bot.start();
  cem.ask('three');
  await cem.settled(3);
  const said = scene.requests.get('cem')?.at(-1)?.messages.slice(1);
  expect(said?.map(({ content }) => content)).toEqual(['cem one', 'Answer to: cem one', 'cem three']);
  expect(scene.discord.messages(cem.channelId)).toHaveLength(before + 2);
  // What was under way then was answered meanwhile.
  for (const other of others) expect(other.answers()).toHaveLength(1);
});

test('FAULTS 27: a second signal ends it at once, and what it was at goes on after the next start', async () => {
  // Slow until it is ended, however seldom a busy machine lets the test look.
  let tokenMs = 40;
  const gus = scene.enter('gus', () => ({ text: COUNTING, tokenMs, chunkCharacters: 8 }));
  const countStops = (): number => scene.bot.log.filter((line) => line.includes('"stopping"')).length;
  const stops = countStops();
  gus.ask('count');
  await expect.poll(() => gus.answers().join().length, { timeout: 30_000 }).toBeGreaterThan(100);
  scene.bot.signal('SIGTERM');
  // Other lines may follow it.
  await expect.poll(countStops).toBe(stops + 1);
  const before = performance.now();
  scene.bot.signal('SIGTERM');
  expect(await scene.bot.exited()).toEqual({ code: 143, signal: null });
  expect(performance.now() - before).toBeLessThan(1_000);
  expect(gus.answers().join().length).toBeLessThan(COUNTING.length);
  tokenMs = 2;
  await scene.bot.start();
  await gus.settled(1);
  expect(gus.answers()).toEqual([COUNTING]);
});

test('FAULTS 1, 27: killed while a thread is being opened and a later question was answered, and in a channel where nobody asked before', async () => {
  const { bot, discord } = scene;
  const kim = scene.enter('kim');
  kim.ask('one');
  await kim.settled(1);
  discord.faults.rest({ method: 'POST', path: /\/threads$/, kind: 'hang' });
  const wished = kim.ask('tell me about tea in a thread');
  kim.ask('three');
  await kim.killWhenShown((content) => content === 'Answer to: kim three');
  discord.faults.clear();
  const lea = scene.enter('lea');
  lea.ask('while you were away');
  await bot.start();
  await expect
    .poll(() => discord.messages(wished.id).map(({ content }) => content), { timeout: 30_000 })
    .toContain('Answer to: kim tell me about tea');
  await lea.settled(1);
  expect(kim.answers(), 'each once').toEqual(['Answer to: kim one', 'Answer to: kim three']);
});

test('FAULTS 24: a token that is withdrawn while it runs is one clear line and a non-zero exit', async () => {
  const hal = scene.enter('hal');
  scene.discord.faults.rest({ status: 401, body: { message: '401: Unauthorized', code: 0 } });
  hal.ask('one');
  expect(await scene.bot.exited()).toEqual({ code: 1, signal: null });
  expect(scene.bot.log.filter((line) => !line.startsWith('{'))).toEqual([
    'Discord no longer accepts DISCORD_TOKEN. Set a new one.',
  ]);
  scene.discord.faults.clear();
});
