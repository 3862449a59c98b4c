import { AttachmentBuilder, GatewayIntentBits, MessageType, type Client, type Message } from 'discord.js';
import { FormData } from 'undici';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { connectClient } from './discord-js.ts';
import { createStage, nextEvent, until, type Stage } from './stage.ts';

let stage: Stage;
let client: Client<true>;
const seen: Message[] = [];

beforeAll(async () => {
  stage = await createStage();
  client = await connectClient(stage.discord);
  client.on('messageCreate', (message) => {
    if (!message.author.bot) seen.push(message);
  });
});

afterEach(() => {
  seen.length = 0;
});

afterAll(async () => {
  await client.destroy();
  await stage.discord.stop();
});

async function hear(content: string): Promise<Message> {
  const id = stage.say(content);
  await until(() => seen.some((message) => message.id === id));
  const message = seen.find((one) => one.id === id);
  if (message === undefined) throw new Error('The message is lost');
  return message;
}

test('discord.js logs in and knows the server, its channel and its own member', () => {
  const guild = client.guilds.cache.get(stage.guildId);
  expect(client.user.id).toBe(stage.discord.botUserId);
  expect(guild?.name).toBe('Lab');
  expect(guild?.channels.cache.get(stage.channelId)?.name).toBe('general');
  expect(guild?.members.me?.permissions.has('SendMessages')).toBe(true);
  expect(guild?.members.me?.permissions.has('ManageMessages')).toBe(false);
});

test('a mention is answered, edited, reacted to and deleted', async () => {
  const { discord, channelId } = stage;
  const message = await hear(`<@${discord.botUserId}> hello`);
  expect(message.mentions.users.has(client.user.id)).toBe(true);
  expect(message.member?.displayName).toBe('Ann');

  const reply = await message.reply('Good morning');
  expect(reply.type).toBe(MessageType.Reply);
  expect(discord.message(channelId, reply.id)?.referenced_message?.id).toBe(message.id);

  await reply.edit('Good evening');
  expect(discord.message(channelId, reply.id)).toMatchObject({ content: 'Good evening' });
  expect(discord.message(channelId, reply.id)?.edited_timestamp).not.toBeNull();

  await message.react('👋');
  expect(discord.reactions(message.id)).toEqual([{ emoji: '👋', userIds: [client.user.id] }]);

  await reply.delete();
  expect(discord.message(channelId, reply.id)).toBeUndefined();
});

test('typing is seen, and only as an event', async () => {
  const typing = nextEvent(stage.discord, 'typing');
  const channel = await client.channels.fetch(stage.channelId);
  if (channel?.isSendable() !== true) throw new Error('The channel is not for messages');
  await channel.sendTyping();
  expect(await typing).toMatchObject({ channelId: stage.channelId, userId: client.user.id });
});

test('without the message-content intent only what concerns the bot has content', async () => {
  const { discord, annId, bobId, channelId } = stage;
  expect((await hear('just chatting')).content).toBe('');
  expect((await hear(`<@${discord.botUserId}> hello`)).content).toContain('hello');

  const own = await (await hear(`<@${discord.botUserId}>`)).reply('Mine');
  const pinging = discord.people.say(annId, channelId, 'and more', { replyTo: own.id });
  const silent = discord.people.say(bobId, channelId, 'aside', { replyTo: own.id, pingReply: false });
  await until(() => seen.some(({ id }) => id === silent.id));
  expect(seen.find(({ id }) => id === pinging.id)?.content).toBe('and more');
  expect(seen.find(({ id }) => id === silent.id)?.content).toBe('');

  const fetched = await stage.rest('GET', `/channels/${channelId}/messages/${silent.id}`);
  expect(fetched.body['content']).toBe('');
});

test('direct messages arrive with content, and answers go back', async () => {
  const { discord, annId } = stage;
  const dm = discord.people.openDm(annId);
  const said = discord.people.say(annId, dm.id, 'a secret');
  await until(() => seen.some(({ id }) => id === said.id));
  const message = seen.find(({ id }) => id === said.id);
  expect(message?.content).toBe('a secret');
  expect(message?.inGuild()).toBe(false);
  await message?.reply('kept');
  expect(discord.messages(dm.id).map(({ content }) => content)).toEqual(['a secret', 'kept']);

  const user = await client.users.fetch(annId);
  const sent = await user.send('first word');
  expect(sent.channelId).toBe(dm.id);
});

test('edits and deletions by people reach the bot', async () => {
  const { discord, annId } = stage;
  const message = await hear(`<@${discord.botUserId}> one`);
  const edited = Promise.withResolvers<string>();
  client.once('messageUpdate', (_, after) => {
    edited.resolve(after.content);
  });
  discord.people.edit(annId, message.id, `<@${discord.botUserId}> two`);
  expect(await edited.promise).toContain('two');

  const deleted = Promise.withResolvers<string>();
  client.once('messageDelete', (gone) => {
    deleted.resolve(gone.id);
  });
  discord.people.deleteMessage(annId, message.id);
  expect(await deleted.promise).toBe(message.id);
});

test('a forward has its snapshot, a webhook its name, a voice message its flag', async () => {
  const { discord, annId, channelId, guildId } = stage;
  const hidden = discord.people.addChannel(guildId, { hiddenFromEveryone: true, visibleTo: [annId] });
  const original = discord.people.say(annId, hidden.id, 'the original').id;
  const dm = discord.people.openDm(annId);
  discord.people.say(annId, dm.id, '', { forward: original });
  await until(() => seen.some(({ channelId: id }) => id === dm.id));
  const forward = seen.find(({ channelId: id }) => id === dm.id);
  expect(forward?.messageSnapshots.first()?.content).toContain('the original');
  expect(forward?.messageSnapshots.first()?.author).toBeNull();

  const hooked = discord.people.say(annId, channelId, 'beep', { webhookName: 'Deploys' });
  expect(hooked).toMatchObject({ author: { username: 'Deploys', bot: true } });
  expect(hooked.webhook_id).toBe(hooked.author.id);

  const voice = discord.people.say(annId, dm.id, '', {
    attachments: [{ name: 'voice-message.ogg', content: new Uint8Array(8), durationSecs: 2 }],
  });
  await until(() => seen.some(({ id }) => id === voice.id));
  expect(seen.find(({ id }) => id === voice.id)?.flags.has('IsVoiceMessage')).toBe(true);
});

test('with the intent switched on and asked for, all content arrives; asked for without, it closes', async () => {
  const open = await createStage({ messageContentIntent: true });
  const intents = [
    GatewayIntentBits.Guilds,
    GatewayIntentBits.GuildMessages,
    GatewayIntentBits.MessageContent,
  ];
  const reader = await connectClient(open.discord, { intents });
  const heard = Promise.withResolvers<string>();
  reader.once('messageCreate', (message) => {
    heard.resolve(message.content);
  });
  open.say('just chatting');
  expect(await heard.promise).toBe('just chatting');
  await reader.destroy();
  await open.discord.stop();

  await expect(connectClient(stage.discord, { intents })).rejects.toThrow(/intents/);
});

test('channels and servers that appear or go are told', async () => {
  const { discord, guildId, annId } = stage;
  const channel = discord.people.addChannel(guildId, { name: 'new' });
  await until(() => client.channels.cache.has(channel.id));
  discord.people.deleteChannel(channel.id);
  await until(() => !client.channels.cache.has(channel.id));
  const second = discord.people.addGuild({ name: 'Second', memberIds: [annId] });
  await until(() => client.guilds.cache.get(second.id)?.available === true);
});

test('nothing is missed when the socket drops: the session is resumed', async () => {
  const { discord } = stage;
  const mention = (text: string): string => `<@${discord.botUserId}> ${text}`;
  await hear(mention('before'));
  const resumed = nextEvent(discord, 'gateway', ({ what }) => what === 'resume');
  discord.faults.dropSockets();
  stage.say(mention('meanwhile'));
  await resumed;
  await hear(mention('after'));
  const contents = seen.map(({ content }) => content);
  expect(contents).toEqual([mention('before'), mention('meanwhile'), mention('after')]);
});

test('what is uploaded can be downloaded, and only under its signed address', async () => {
  const channel = await client.channels.fetch(stage.channelId);
  if (channel?.isSendable() !== true) throw new Error('The channel is not for messages');
  const png = Buffer.alloc(24);
  png.writeUInt32BE(0x89504e47, 0);
  png.writeUInt32BE(16, 16);
  png.writeUInt32BE(9, 20);
  const files = [
    new AttachmentBuilder(Buffer.from('a,b\n1,2\n'), { name: 'my table.csv', description: 'A table' }),
    new AttachmentBuilder(png, { name: 'dot.png' }),
  ];
  // undici, of which there is one for all here, takes forms of its own only; the bot writes them out itself.
  vi.stubGlobal('FormData', FormData);
  const sent = await channel.send({ content: 'Here', files });
  vi.unstubAllGlobals();
  const [table, image] = [...sent.attachments.values()];
  expect(table).toMatchObject({ name: 'my_table.csv', description: 'A table', size: 8 });
  expect(image).toMatchObject({ contentType: 'image/png', width: 16, height: 9 });

  const url = new URL(table?.url ?? '');
  const response = await fetch(url);
  expect(response.headers.get('content-type')).toContain('text/csv');
  expect(await response.text()).toBe('a,b\n1,2\n');
  url.searchParams.set('ex', 'ffffffff');
  expect((await fetch(url)).status).toBe(404);
  expect((await fetch(url.origin + url.pathname)).status).toBe(404);
});
