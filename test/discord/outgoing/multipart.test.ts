import 'undici';
import { expect, test } from 'vitest';
import { startDiscord } from '../../../sandbox/discord/server.ts';
import { createDiscordRest } from '../../../src/discord/outgoing/rest.ts';

test('files go out whatever other client is loaded in the process', async () => {
  const discord = await startDiscord();
  const { people } = discord;
  const guild = people.addGuild({ ownerId: people.addUser({ name: 'Ann' }).id });
  const channel = people.addChannel(guild.id);
  const rest = createDiscordRest({ token: discord.token, apiUrl: discord.apiUrl, timeoutMs: 2_000 });
  const files = [{ name: 'tea.md', data: Buffer.from('oolong'), contentType: 'text/markdown' }];
  const body = { json: { content: 'Here.' }, files };
  const sent = await rest.send({ method: 'POST', path: `/channels/${channel.id}/messages`, body });
  expect(sent.kind).toBe('ok');
  const [message] = discord.messages(channel.id);
  expect(message).toMatchObject({ content: 'Here.', attachments: [{ filename: 'tea.md', size: 6 }] });
  const file = await fetch(message?.attachments[0]?.url ?? '');
  expect(await file.text()).toBe('oolong');
  await discord.stop();
});
