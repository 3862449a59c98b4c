import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lastQuestion } from '../../sandbox/model/scripts.ts';
import { startBot } from './bot.ts';

const manageMessages = 1n << 13n;
const hourMs = 60 * 60_000;

test('FAULTS 1, 27: of what was left an hour ago, what addresses the bot is answered, and the rest expires without a word', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-left-'));
  const path = join(directory, 'store.db');
  let isOpen = false;
  const asked: string[] = [];
  try {
    await using bot = await startBot({
      script(request) {
        if (!isOpen) return { firstTokenMs: Infinity };
        asked.push(lastQuestion(request));
        return { text: `answer to ${lastQuestion(request)}` };
      },
      storeUrl: `sqlite://${path}`,
      environment: { MESSAGE_CONTENT_INTENT: 'true', SHUTDOWN_GRACE_MS: '50' },
      discord: { messageContentIntent: true },
    });
    const { people } = bot.discord;
    const [ann, mod] = [people.addUser({ name: 'ann' }).id, people.addUser({ name: 'mod' }).id];
    const guild = people.addGuild({ memberIds: [ann] });
    const role = people.addRole(guild.id, { name: 'Mods', permissions: manageMessages });
    people.join(guild.id, mod, { roleIds: [role.id] });
    const [busy, quiet] = ['busy', 'quiet'].map((name) => people.addChannel(guild.id, { name }).id);
    const options = { subcommand: 'mode', values: { answer: 'always' } };
    await (await people.command(mod, busy ?? '', 'settings', options)).answer();

    people.say(ann, busy ?? '', 'talking to nobody');
    const question = people.say(ann, quiet ?? '', `${bot.mention} talking to you`);
    await expect.poll(() => bot.model.requests).toHaveLength(2);
    await bot.app.stop();
    isOpen = true;
    {
      using database = new DatabaseSync(path);
      const then = Date.now() - hourMs;
      const change = database.prepare("UPDATE runs SET record = json_set(record, '$.createdAt', ?)");
      expect(change.run(then).changes).toBe(2);
    }
    await bot.restart();
    expect((await bot.answerTo(question.id)).text).toBe('answer to talking to you');
    using database = new DatabaseSync(path, { readOnly: true });
    await expect.poll(() => database.prepare('SELECT id FROM runs').all()).toEqual([]);
    expect(asked).toEqual(['talking to you']);
    expect(bot.discord.messages(busy ?? '').map(({ content }) => content)).toEqual(['talking to nobody']);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
