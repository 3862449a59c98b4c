import { ThreadAutoArchiveDuration, type Client, type ThreadChannel } from 'discord.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectClient } from './discord-js.ts';
import { createStage, nextEvent, until, type Stage } from './stage.ts';

let stage: Stage;
let client: Client<true>;

beforeAll(async () => {
  stage = await createStage();
  client = await connectClient(stage.discord);
});

afterAll(async () => {
  await client.destroy();
  await stage.discord.stop();
});

async function openThread(content = `<@${stage.discord.botUserId}> in a thread`): Promise<ThreadChannel> {
  const id = stage.say(content);
  const channel = await client.channels.fetch(stage.channelId);
  if (channel?.isTextBased() !== true || channel.isDMBased()) throw new Error('No channel');
  const message = await channel.messages.fetch(id);
  return message.startThread({ name: 'A title', autoArchiveDuration: ThreadAutoArchiveDuration.OneHour });
}

test('the bot opens a thread under a message; people write in it', async () => {
  const { discord, annId, channelId } = stage;
  const created = nextEvent(discord, 'thread-create');
  const thread = await openThread();
  expect((await created).channel).toMatchObject({ id: thread.id, name: 'A title', parent_id: channelId });
  expect(thread.ownerId).toBe(client.user.id);
  expect(thread.autoArchiveDuration).toBe(60);
  expect(discord.message(channelId, thread.id)?.thread?.id).toBe(thread.id);
  expect(discord.messages(thread.id).map(({ type }) => type)).toEqual([21]);

  const heard = Promise.withResolvers<string>();
  client.once('messageCreate', (message) => {
    heard.resolve(message.channelId);
  });
  discord.people.say(annId, thread.id, 'more');
  expect(await heard.promise).toBe(thread.id);

  const again = await stage.rest('POST', `/channels/${channelId}/messages/${thread.id}/threads`, {
    name: 'x',
  });
  expect(again.body.code).toBe(160004);
});

test('an archived thread wakes when somebody writes; a locked one does not', async () => {
  const { discord } = stage;
  const thread = await openThread();
  const path = `/channels/${thread.id}/messages`;
  discord.people.archiveThread(thread.id);
  const edit = await stage.rest('PATCH', `/channels/${thread.id}`, { name: 'New' });
  expect(edit.body.code).toBe(50083);
  const woken = nextEvent(discord, 'thread-update');
  expect((await stage.rest('POST', path, { content: 'awake' })).status).toBe(200);
  expect((await woken).channel).toMatchObject({ thread_metadata: { archived: false } });

  discord.people.archiveThread(thread.id, { locked: true });
  expect((await stage.rest('POST', path, { content: 'x' })).body.code).toBe(50083);
  expect(() => discord.people.say(stage.annId, thread.id, 'x')).toThrow(/archived/);
});

test('its owner renames and archives a thread, and locking is for moderators', async () => {
  const thread = await openThread();
  const renamed = await thread.setName('Better');
  expect(renamed.name).toBe('Better');
  await expect(thread.setLocked(true)).rejects.toMatchObject({ code: 50013 });
  await thread.setArchived(true);
  expect(thread.archived).toBe(true);
  await until(() => stage.discord.channels().some((one) => one.id === thread.id && one.name === 'Better'));
});

test('lists of active and archived threads', async () => {
  const { discord, annId, channelId, guildId } = stage;
  const active = discord.people.startThread(annId, channelId, { name: 'active' });
  const archived = discord.people.startThread(annId, channelId, { name: 'archived' });
  discord.people.archiveThread(archived.id);
  const ids = async (path: string): Promise<string[]> => {
    const { body } = await stage.rest('GET', path);
    return (body['threads'] as { id: string }[]).map(({ id }) => id);
  };
  const activeIds = await ids(`/guilds/${guildId}/threads/active`);
  expect(activeIds).toContain(active.id);
  expect(activeIds).not.toContain(archived.id);
  const archivedIds = await ids(`/channels/${channelId}/threads/archived/public`);
  expect(archivedIds).toContain(archived.id);
  expect(archivedIds).not.toContain(active.id);
});

test('a private thread is hidden until somebody in it names the bot', async () => {
  const { discord, annId, channelId } = stage;
  const thread = discord.people.startThread(annId, channelId, { name: 'private', private: true });
  expect((await stage.rest('GET', `/channels/${thread.id}`)).body.code).toBe(50001);
  expect(client.channels.cache.has(thread.id)).toBe(false);
  const named = Promise.withResolvers<string>();
  client.once('messageCreate', (message) => {
    named.resolve(message.content);
  });
  discord.people.say(annId, thread.id, `<@${client.user.id}> come in`);
  expect(await named.promise).toContain('come in');
  expect(client.channels.cache.has(thread.id)).toBe(true);

  const own = await stage.rest('POST', `/channels/${channelId}/threads`, { name: 'own' });
  expect(own.body).toMatchObject({ type: 12, owner_id: client.user.id });
  const members = `/channels/${own.body.id}/thread-members`;
  expect((await stage.rest('PUT', `${members}/${annId}`)).status).toBe(204);
  discord.people.say(annId, own.body.id, 'I am in');
  expect((await stage.rest('GET', members)).body).toMatchObject([
    { user_id: client.user.id },
    { user_id: annId },
  ]);
  expect((await stage.rest('DELETE', `${members}/${annId}`)).status).toBe(204);
  expect(() => discord.people.say(annId, own.body.id, 'still?')).toThrow(/Missing Access/);
});
