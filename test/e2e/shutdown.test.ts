import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lastQuestion } from '../../sandbox/model/scripts.ts';
import { startBot } from './bot.ts';

const graceMs = 2_000;

test('FAULTS 27: it ends in time while a command’s answer waits for a silent Discord, and the next start goes on', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-shutdown-'));
  try {
    let isSlow = true;
    await using bot = await startBot({
      script: (request) => ({
        text: `Answer to ${lastQuestion(request)}`,
        firstTokenMs: isSlow ? 60_000 : 0,
      }),
      storeUrl: `sqlite://${join(directory, 'store.db')}`,
      environment: { SHUTDOWN_GRACE_MS: String(graceMs) },
    });
    const { people, faults } = bot.discord;
    const { id: userId } = people.addUser({ name: 'ann' });
    const { id: channelId } = people.addChannel(people.addGuild({ memberIds: [userId] }).id);
    const question = people.say(userId, channelId, `${bot.mention} tea`);
    await expect.poll(() => bot.model.requests.length).toBe(1);
    faults.rest({ method: 'PATCH', path: /^\/webhooks\//, kind: 'hang', afterEffect: true });
    await (await people.command(userId, channelId, 'status')).answer();
    const startedAt = performance.now();
    await bot.app.stop();
    expect(performance.now() - startedAt).toBeLessThan(graceMs + 500);
    faults.clear();
    isSlow = false;
    bot.app = bot.open();
    await bot.app.start();
    expect((await bot.answerTo(question.id)).text).toBe('Answer to tea');
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
