import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { sleep } from '../../src/lib/abort.ts';
import { startBot } from './bot.ts';

/** Keeps the event loop late for so long, ms. */
async function holdUpEventLoop(lengthMs: number): Promise<void> {
  const end = performance.now() + lengthMs;
  while (performance.now() < end) {
    const until = performance.now() + 250;
    while (performance.now() < until) continue;
    await nextTurn();
  }
}

test('FAULTS 7: a bot that does not keep up says so at once, and takes questions again when it does', async () => {
  await using bot = await startBot({
    script: () => ({ text: 'An answer.' }),
    environment: { MAX_EVENT_LOOP_DELAY_MS: '150' },
    overrides: { overload: { lastingMs: 1_000 } },
  });
  const { people } = bot.discord;
  const [first, second] = [people.addUser({ name: 'Ann' }), people.addUser({ name: 'Ben' })];
  const guild = people.addGuild({ memberIds: [first.id, second.id] });
  const channel = people.addChannel(guild.id);

  await holdUpEventLoop(2_100);
  const refused = people.say(first.id, channel.id, `${bot.mention} one`);
  expect((await bot.answerTo(refused.id)).text).toMatch(/more to do than I can manage .* try again/);
  expect(bot.model.requests).toHaveLength(0);

  await sleep(2_100);
  const taken = people.say(second.id, channel.id, `${bot.mention} two`);
  expect((await bot.answerTo(taken.id)).text).toContain('An answer.');
});

test('FAULTS 7: a bot that is late for a moment only is asked all the same', async () => {
  await using bot = await startBot({
    script: () => ({ text: 'An answer.' }),
    environment: { MAX_EVENT_LOOP_DELAY_MS: '150' },
  });
  const { people } = bot.discord;
  const ann = people.addUser({ name: 'Ann' });
  const channel = people.addChannel(people.addGuild({ memberIds: [ann.id] }).id);
  await holdUpEventLoop(2_100);
  const asked = people.say(ann.id, channel.id, `${bot.mention} one`);
  expect((await bot.answerTo(asked.id)).text).toContain('An answer.');
});
