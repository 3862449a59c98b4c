import { queryObjects } from 'node:v8';
import { expect, test } from 'vitest';
import { lastQuestion } from '../../sandbox/model/scripts.ts';
import type { ScriptedReply, ScriptedRequest } from '../../sandbox/model/types.ts';
import { sleep } from '../../src/lib/abort.ts';
import { startBot } from './bot.ts';

const PEOPLE = 12;
const QUESTIONS_OF_EACH = 4;

function script(request: ScriptedRequest): ScriptedReply {
  const isFirstStep = request.messages.at(-1)?.role === 'user';
  if (lastQuestion(request).endsWith('1') && isFirstStep) {
    return { toolCalls: [{ name: 'roll_dice', arguments: { dice: '2d6' } }] };
  }
  return { text: 'An answer. '.repeat(20), tokenMs: 1 };
}

/** What is alive after a collection of garbage, which a query makes first. */
function count() {
  const timer = setTimeout(() => undefined, 0);
  clearTimeout(timer);
  return {
    signals: queryObjects(AbortSignal, { format: 'count' }),
    timers: queryObjects(timer.constructor, { format: 'count' }),
    processListeners: process.eventNames().reduce((total, name) => total + process.listenerCount(name), 0),
    heapBytes: process.memoryUsage().heapUsed,
  };
}

/** The long one, over more measures, is `npm run bench -- soak`. */
test('FAULTS 30: kept busy and then left alone, it holds no more signals, timers and memory than before', async () => {
  await using bot = await startBot({ script, environment: { DISCORD_REQUESTS_PER_SECOND: '1000' } });
  const { people } = bot.discord;
  const guildId = people.addGuild().id;
  const places = Array.from({ length: PEOPLE }, (_, n) => {
    const userId = people.addUser({ name: `p${n}` }).id;
    people.join(guildId, userId);
    return { userId, channelId: people.addChannel(guildId).id };
  });

  /** Everybody asks; some questions are edited, some deleted. */
  const round = async (): Promise<void> => {
    let asked = 0;
    for (let n = 0; n < QUESTIONS_OF_EACH; n += 1) {
      for (const { userId, channelId } of places) {
        const content = `${bot.mention} question ${n}`;
        const { id } = people.say(userId, channelId, content);
        asked += 1;
        if (asked % 5 === 0) people.edit(userId, id, `${content} and more`);
        if (asked % 7 === 0) people.deleteMessage(userId, id);
      }
      await sleep(150);
    }
    await Promise.all(
      places.map(({ userId, channelId }) => {
        return bot.answerTo(people.say(userId, channelId, `${bot.mention} the last`).id);
      }),
    );
    await sleep(500);
  };
  await round();
  const before = count();
  for (let n = 0; n < 2; n += 1) await round();
  const after = count();
  // One for each answer would be 120; connections, with a timer each, come and go.
  for (const name of ['signals', 'timers'] as const) {
    expect(after[name] - before[name], name).toBeLessThan(60);
  }
  expect(after.processListeners).toBe(before.processListeners);
  // The simulated Discord keeps what was said.
  expect(after.heapBytes - before.heapBytes).toBeLessThan(12_000_000);
}, 30_000);
