import { afterAll, beforeAll, expect, test } from 'vitest';
import { lastQuestion } from '../../sandbox/model/scripts.ts';
import type { ScriptedRequest } from '../../sandbox/model/types.ts';
import type { BotProcess } from '../../sandbox/nemesis/bot-process.ts';
import { startProcessScene, type ProcessScene } from './process-scene.ts';

let scene: ProcessScene;
let bot: BotProcess;

beforeAll(async () => {
  scene = await startProcessScene();
  ({ bot } = scene);
}, 30_000);
afterAll(() => scene[Symbol.asyncDispose]());

/** What the model is told of the tools that it called, in order. */
function toolResults({ messages }: ScriptedRequest): string[] {
  return messages.filter(({ role }) => role === 'tool').map(({ content }) => String(content));
}

const COUNTING = 'one two three four five six seven eight nine ten '.repeat(40).trim();

test('FAULTS 1, 27: killed before the claim, a question is found and answered after the start', async () => {
  const ann = scene.enter('ann');
  // From here on the channel has a cursor.
  ann.ask('one');
  await ann.settled(1);
  using database = scene.openStore();
  database.exec('BEGIN IMMEDIATE');
  ann.ask('two');
  await new Promise((resolve) => setTimeout(resolve, 200));
  await bot.kill();
  database.exec('ROLLBACK');
  expect(ann.answers()).toEqual(['Answer to: ann one']);
  await bot.start();
  await ann.settled(2);
  expect(ann.answers()).toEqual(['Answer to: ann one', 'Answer to: ann two']);
});

test('FAULTS 27: killed while the model streams, the same message is completed', async () => {
  // Slow until it is killed, however seldom a busy machine lets an answer grow.
  let tokenMs = 40;
  const ben = scene.enter('ben', () => ({ text: COUNTING, tokenMs, chunkCharacters: 8 }));
  ben.ask('count');
  await ben.killWhenShown((content) => content.length > 200);
  expect(ben.answers().join().length).toBeLessThan(COUNTING.length);
  tokenMs = 2;
  await bot.start();
  await ben.settled(1);
  expect(ben.answers()).toEqual([COUNTING]);
});

test('FAULTS 20, 27: killed as its first message arrives, it does not post another', async () => {
  let tokenMs = 40;
  const cem = scene.enter('cem', () => ({ text: COUNTING, tokenMs, chunkCharacters: 8 }));
  cem.ask('count');
  await cem.killWhenShown((content) => content !== '');
  tokenMs = 2;
  await bot.start();
  await cem.settled(1);
  expect(cem.answers()).toEqual([COUNTING]);
});

test('FAULTS 27: killed after a step with tools, their results stand and they are not called again', async () => {
  const toolCalls = ['a', 'b'].map((id) => ({ name: 'roll_dice', arguments: { dice: '9d1000' }, id }));
  const isAtSecondStep = Promise.withResolvers<undefined>();
  let isSecondStepOpen = false;
  const dan = scene.enter('dan', (request) => {
    const results = toolResults(request);
    if (results.length === 0) return { text: 'I roll.', toolCalls };
    isAtSecondStep.resolve(undefined);
    return isSecondStepOpen ? { text: results.join('\n') } : { firstTokenMs: Infinity };
  });
  dan.ask('roll');
  await isAtSecondStep.promise;
  await bot.kill();
  isSecondStepOpen = true;
  await bot.start();
  await dan.settled(1);
  const [none, before, after, ...more] = scene.requests.get('dan')?.map(toolResults) ?? [];
  expect({ none, more }).toEqual({ none: [], more: [] });
  expect(before).toHaveLength(2);
  expect(after).toEqual(before);
  expect(dan.answers()).toEqual([['I roll.', '', ...(before ?? [])].join('\n')]);
});

test('FAULTS 14, 27: killed while a tool that is not safe to repeat is at work, it is reported and not called again', async () => {
  const toolCalls = [{ name: 'remember', arguments: { text: 'has a cat' }, id: 'a' }];
  const isAtSecondStep = Promise.withResolvers<undefined>();
  let isSecondStepOpen = false;
  const gus = scene.enter('gus', (request) => {
    if (toolResults(request).length === 0) return { text: 'I keep that.', toolCalls };
    isAtSecondStep.resolve(undefined);
    return isSecondStepOpen ? { text: 'Done.' } : { firstTokenMs: Infinity };
  });
  gus.ask('has a cat');
  await isAtSecondStep.promise;
  await bot.kill();
  {
    // As it stood a moment before: the fact was being written, and its result was not written down.
    using database = scene.openStore();
    const step = JSON.parse(String(database.prepare('SELECT step FROM run_steps').get()?.['step'])) as object;
    const underWay = JSON.stringify({ ...step, results: [], isUnderWay: true });
    database.prepare('UPDATE run_steps SET step = ?').run(underWay);
  }
  isSecondStepOpen = true;
  await bot.start();
  await gus.settled(1);
  expect(scene.requests.get('gus')?.map(toolResults).at(-1)).toEqual([
    expect.stringMatching(/not known, and it was not made again/) as string,
  ]);
  expect(gus.answers().join()).toMatch(/restarted in the middle of `remember`.*did not repeat it/);
  using database = scene.openStore();
  const facts = database.prepare("SELECT value FROM entries WHERE namespace = 'facts'").all();
  expect(JSON.stringify(facts).match(/has a cat/g)).toHaveLength(1);
});

test('FAULTS 21, 27: killed while the parts of a long answer arrive, no part is there twice', async () => {
  const lines = Array.from({ length: 60 }, (_, line) => `Line ${line}. ${'word '.repeat(20)}end.`);
  const eve = scene.enter('eve', () => ({ text: lines.join('\n') }));
  eve.ask('tell');
  await eve.killWhenShown((content) => content.includes('Line 30.'));
  expect(eve.answers().join()).not.toContain('Line 59.');
  await bot.start();
  await eve.settled(2);
  expect(
    eve
      .answers()
      .join('\n')
      .split('\n')
      .filter((line) => line !== ''),
  ).toEqual(lines);
});

test('FAULTS 27: killed as the answer stands there, it is remembered all the same', async () => {
  const fay = scene.enter('fay');
  fay.ask('one');
  await fay.killWhenShown((content) => content === 'Answer to: fay one');
  await bot.start();
  fay.ask('two');
  await fay.settled(2);
  expect(fay.answers()).toEqual(['Answer to: fay one', 'Answer to: fay two']);
  const said = scene.requests.get('fay')?.at(-1)?.messages.slice(1);
  expect(said?.map(({ content }) => content)).toEqual(['fay one', 'Answer to: fay one', 'fay two']);
});

test('FAULTS 10, 27: edited or deleted while no process was here, a question is answered as it is now, or not at all', async () => {
  let isSlow = true;
  const gil = scene.enter('gil', (request) =>
    isSlow ? { firstTokenMs: 1e9 } : { text: `Answer to: ${lastQuestion(request)}` },
  );
  const edited = gil.ask('tea');
  await expect.poll(() => scene.requests.get('gil')?.length).toBe(1);
  const deleted = gil.ask('my password is hunter2');
  await bot.kill();
  const author = scene.discord.message(gil.channelId, edited.id)?.author.id ?? '';
  scene.discord.people.edit(author, edited.id, `<@${scene.discord.botUserId}> gil coffee`);
  scene.discord.people.deleteMessage(author, deleted.id);
  isSlow = false;
  await bot.start();
  await gil.settled(1);
  expect(gil.answers()).toEqual(['Answer to: gil coffee']);
  expect(JSON.stringify(scene.requests.get('gil'))).not.toContain('hunter2');
});
