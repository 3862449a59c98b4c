import { expect, test } from 'vitest';
import { startProcessScene } from './process-scene.ts';

const minuteMs = 60_000;

/** A process on a machine whose clock is wrong, while Discord's is right. */
function startWithClock(offMs: number) {
  const module = `const now = Date.now; Date.now = () => now() + ${offMs};`;
  return startProcessScene({
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(module)}`,
  });
}

test.each([16 * minuteMs, -16 * minuteMs])(
  'on a machine whose clock is %i ms off: private answers have their time, and /reset and deletions reach what came before and no more',
  async (offMs) => {
    await using scene = await startWithClock(offMs);
    const { discord } = scene;
    const { people } = discord;
    const ann = scene.enter('ann');
    const first = ann.ask('the code is 4711');
    await ann.settled(1);
    const userId = discord.message(ann.channelId, first.id)?.author.id ?? '';
    const remembered = (): string => JSON.stringify(scene.requests.get('ann')?.at(-1)?.messages.slice(1));
    await expect.poll(() => discord.commands().length, { timeout: 30_000 }).toBeGreaterThan(0);

    const options = { values: { question: 'ann in private?', private: true } };
    const asked = await people.command(userId, ann.channelId, 'ask', options);
    expect((await asked.answer(10_000)).content).toContain('Answer to: ann in private?');

    await (await people.command(userId, ann.channelId, 'reset')).answer(10_000);
    const pin = ann.ask('my pin is 9922');
    await ann.settled(2);
    ann.ask('next');
    await ann.settled(3);
    expect(remembered()).not.toContain('4711');
    expect(remembered()).toContain('9922');

    people.deleteMessage(userId, pin.id);
    await expect.poll(() => ann.answers().length, { timeout: 30_000 }).toBe(2);
    ann.ask('last');
    await ann.settled(3);
    expect(remembered()).not.toContain('9922');
    expect(remembered()).toContain('ann next');
  },
);
