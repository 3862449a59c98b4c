import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStage, type RestResult, type Stage } from './stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await createStage();
});

afterAll(async () => {
  await stage.discord.stop();
});

function send(body: object, channelId = stage.channelId): Promise<RestResult> {
  return stage.rest('POST', `/channels/${channelId}/messages`, body);
}

function edit(messageId: string, body: object): Promise<RestResult> {
  return stage.rest('PATCH', `/channels/${stage.channelId}/messages/${messageId}`, body);
}

describe('what is refused', () => {
  test.each([
    ['nothing', {}, 50006],
    ['only spaces', { content: ' \n ' }, 50006],
    ['2,001 characters', { content: 'x'.repeat(2001) }, 50035],
    ['eleven embeds', { embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) }, 50035],
    [
      '6,001 characters in embeds',
      { embeds: [{ description: 'x'.repeat(4000) }, { description: 'x'.repeat(2001) }] },
      50035,
    ],
    ['a nonce of 26 characters', { content: 'x', nonce: 'n'.repeat(26) }, 50035],
    ['an unknown message to reply to', { content: 'x', message_reference: { message_id: '1' } }, 50035],
    [
      'parse and ids of one kind',
      { content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } },
      50035,
    ],
    [
      'a button without id',
      { content: 'x', components: [{ type: 1, components: [{ type: 2, style: 1, label: 'x' }] }] },
      50035,
    ],
    ['text displays without their flag', { components: [{ type: 10, content: 'x' }] }, 50035],
    ['content beside them', { flags: 32768, content: 'x', components: [{ type: 10, content: 'x' }] }, 50035],
    [
      '4,001 characters in text displays',
      {
        flags: 32768,
        components: [
          { type: 10, content: 'x'.repeat(4000) },
          { type: 10, content: 'x' },
        ],
      },
      50035,
    ],
    [
      'a custom id twice',
      { content: 'x', components: [{ type: 1, components: [button('a'), button('a')] }] },
      50035,
    ],
  ])('%s', async (_, body, code) => {
    const answer = await send(body);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe(code);
  });

  test('errors stand at their field', async () => {
    const { body } = await send({ content: 'x'.repeat(2001), embeds: [{ title: 'x'.repeat(257) }] });
    expect(body).toMatchObject({
      message: 'Invalid Form Body',
      errors: {
        content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 2000 or fewer in length.' }] },
        embeds: { 0: { title: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } } },
      },
    });
  });

  test('unknown things by their codes', async () => {
    expect((await stage.rest('GET', '/nowhere')).body.code).toBe(0);
    expect((await send({ content: 'x' }, '1')).body.code).toBe(10003);
    expect((await edit('1', { content: 'x' })).body.code).toBe(10008);
    expect((await stage.rest('GET', '/guilds/1')).body.code).toBe(10004);
    expect((await stage.rest('GET', '/users/1')).body.code).toBe(10013);
    const id = stage.say('x');
    const reaction = `/channels/${stage.channelId}/messages/${id}/reactions/nonsense/@me`;
    expect((await stage.rest('PUT', reaction)).body.code).toBe(10014);
  });
});

function button(customId: string): object {
  return { type: 2, style: 1, label: 'x', custom_id: customId };
}

describe('sending', () => {
  test('the same nonce, enforced, answers with the same message', async () => {
    const body = { content: 'once', nonce: 'n-1', enforce_nonce: true };
    const [first, second] = [await send(body), await send(body)];
    expect(second.body.id).toBe(first.body.id);
    const third = await send({ content: 'once', nonce: 'n-1' });
    expect(third.body.id).not.toBe(first.body.id);
  });

  test('mentions as allowed: none, one, all; everyone only with the permission', async () => {
    const { annId, bobId, discord, channelId } = stage;
    const content = `<@${annId}> <@${bobId}> @everyone \`<@${annId}>\``;
    const mentioned = async (allowed_mentions?: object) => {
      const { body } = await send({
        content,
        ...(allowed_mentions === undefined ? {} : { allowed_mentions }),
      });
      const users = body['mentions'] as { id: string }[];
      return { users: users.map(({ id }) => id), everyone: body['mention_everyone'] };
    };
    expect(await mentioned({ parse: [] })).toEqual({ users: [], everyone: false });
    expect(await mentioned({ parse: [], users: [bobId] })).toEqual({ users: [bobId], everyone: false });
    // @everyone may ping everybody in a new server, and the bot is one of everyone.
    expect(await mentioned()).toEqual({ users: [annId, bobId], everyone: true });
    discord.people.setBotPermissions(channelId, { deny: 1n << 17n });
    expect(await mentioned()).toEqual({ users: [annId, bobId], everyone: false });
    discord.people.setBotPermissions(channelId, {});
  });

  test('a reply pings its author unless told otherwise; to a gone message it can go without', async () => {
    const id = stage.say('question');
    const pinged = await send({ content: 'a', message_reference: { message_id: id } });
    expect(pinged.body['mentions']).toMatchObject([{ id: stage.annId }]);
    const allowed_mentions = { parse: [] };
    const silent = await send({ content: 'b', message_reference: { message_id: id }, allowed_mentions });
    expect(silent.body).toMatchObject({ mentions: [], type: 19, referenced_message: { id } });
    const message_reference = { message_id: '1', fail_if_not_exists: false };
    const loose = await send({ content: 'c', message_reference });
    expect(loose.body).toMatchObject({ type: 0, content: 'c' });
  });

  test('content is trimmed, components get ids', async () => {
    const { body } = await send({
      content: '  x \n',
      components: [{ type: 1, components: [button('go'), button('stop')] }],
    });
    expect(body).toMatchObject({ content: 'x', components: [{ id: 1, components: [{ id: 2 }, { id: 3 }] }] });
  });
});

describe('editing and deleting', () => {
  test('absent fields stay, null empties, only own messages', async () => {
    const sent = await send({ content: 'x', embeds: [{ title: 'card' }] });
    const edited = await edit(sent.body.id, { content: 'y' });
    expect(edited.body).toMatchObject({ content: 'y', embeds: [{ title: 'card' }] });
    expect((await edit(sent.body.id, { embeds: [] })).body['embeds']).toEqual([]);
    expect((await edit(sent.body.id, { content: null })).body.code).toBe(50006);
    expect((await edit(stage.say('mine'), { content: 'yours' })).body.code).toBe(50005);
  });

  test('old messages have a cap of edits', async () => {
    const old = await createStage({ oldMessageAgeMs: 0 });
    const path = `/channels/${old.channelId}/messages`;
    const { body } = await old.rest('POST', path, { content: 'x' });
    const codes = [];
    for (const content of ['1', '2', '3', '4']) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      codes.push((await old.rest('PATCH', `${path}/${body.id}`, { content })).body.code);
    }
    expect(codes).toEqual([undefined, undefined, undefined, 30046]);
    await old.discord.stop();
  });

  test("others' messages need ManageMessages, one by one and in bulk", async () => {
    const { discord, channelId } = stage;
    const ids = [stage.say('1'), stage.say('2'), stage.say('3')];
    const path = `/channels/${channelId}/messages`;
    expect((await stage.rest('DELETE', `${path}/${ids[0] ?? ''}`)).body.code).toBe(50013);
    expect((await stage.rest('POST', `${path}/bulk-delete`, { messages: ids })).body.code).toBe(50013);
    discord.people.setBotPermissions(channelId, { allow: 1n << 13n });
    expect((await stage.rest('DELETE', `${path}/${ids[0] ?? ''}`)).status).toBe(204);
    expect((await stage.rest('POST', `${path}/bulk-delete`, { messages: ids.slice(1) })).status).toBe(204);
    expect((await stage.rest('POST', `${path}/bulk-delete`, { messages: ['1'] })).body.code).toBe(50016);
    expect(ids.map((id) => discord.message(channelId, id))).toEqual([undefined, undefined, undefined]);
    discord.people.setBotPermissions(channelId, {});
  });
});

test('lists are newest first, from any point', async () => {
  const channel = stage.discord.people.addChannel(stage.guildId, { name: 'history' });
  const ids = Array.from({ length: 10 }, (_, index) =>
    stage.discord.people.say(stage.annId, channel.id, `${index}`),
  ).map(({ id }) => id);
  const list = async (query: string): Promise<string[]> => {
    const { body } = await stage.rest('GET', `/channels/${channel.id}/messages?${query}`);
    return (body as unknown as { id: string }[]).map(({ id }) => String(ids.indexOf(id)));
  };
  expect(await list('limit=3')).toEqual(['9', '8', '7']);
  expect(await list(`limit=3&before=${ids[5] ?? ''}`)).toEqual(['4', '3', '2']);
  expect(await list(`limit=3&after=${ids[5] ?? ''}`)).toEqual(['8', '7', '6']);
  expect(await list(`limit=3&around=${ids[5] ?? ''}`)).toEqual(['6', '5', '4']);
  expect(await list('after=0&limit=2')).toEqual(['1', '0']);
  expect((await stage.rest('GET', `/channels/${channel.id}/messages?limit=101`)).body.code).toBe(50035);
});

describe('permissions', () => {
  test('50001 where the channel is hidden, 50013 where a permission is missing', async () => {
    const { discord, guildId } = stage;
    const hidden = discord.people.addChannel(guildId, { hiddenFromEveryone: true });
    expect((await send({ content: 'x' }, hidden.id)).body.code).toBe(50001);
    const silent = discord.people.addChannel(guildId, { name: 'announcements' });
    discord.people.setBotPermissions(silent.id, { deny: 1n << 11n });
    expect((await send({ content: 'x' }, silent.id)).body.code).toBe(50013);
    const mute = discord.people.addChannel(guildId, { name: 'no-history' });
    discord.people.setBotPermissions(mute.id, { deny: 1n << 16n });
    const said = discord.people.say(stage.annId, mute.id, 'x');
    expect((await stage.rest('GET', `/channels/${mute.id}/messages`)).body).toEqual([]);
    const one = `/channels/${mute.id}/messages/${said.id}`;
    expect((await stage.rest('GET', one)).body.code).toBe(50013);
    const message_reference = { message_id: said.id };
    expect((await send({ content: 'x', message_reference }, mute.id)).body.code).toBe(160002);
  });

  test('people are held to the same rules, in plain words', () => {
    const { discord, guildId, annId, bobId, channelId } = stage;
    const { people } = discord;
    const hidden = people.addChannel(guildId, { hiddenFromEveryone: true, visibleTo: [annId] });
    expect(() => people.say(bobId, hidden.id, 'x')).toThrow(
      'Discord refuses this to Bob: Missing Access (50001)',
    );
    expect(() => people.say(annId, channelId, 'x'.repeat(2001))).toThrow(/content: Must be 2000 or fewer/);
    const mine = people.say(annId, channelId, 'mine');
    expect(() => people.edit(bobId, mine.id, 'ours')).toThrow(/authored by another user/);
    const moderators = people.addRole(guildId, { name: 'Moderators', permissions: 1n << 13n });
    const mod = people.addUser({ name: 'Mod' });
    people.join(guildId, mod.id, { roleIds: [moderators.id] });
    people.deleteMessage(mod.id, mine.id);
    expect(discord.message(channelId, mine.id)).toBeUndefined();
  });

  test('a person who shares no server with the bot is reached only after writing first', async () => {
    const { people } = stage.discord;
    const stranger = people.addUser({ name: 'Stranger' });
    const dm = await stage.rest('POST', '/users/@me/channels', { recipient_id: stranger.id });
    expect((await send({ content: 'x' }, dm.body.id)).body.code).toBe(50007);
    people.say(stranger.id, dm.body.id, 'hello');
    expect((await send({ content: 'x' }, dm.body.id)).status).toBe(200);
  });

  test('a server that the bot has left is unknown to it', async () => {
    const { people, botUserId } = stage.discord;
    const guild = people.addGuild();
    const channel = people.addChannel(guild.id);
    people.leave(guild.id, botUserId);
    expect((await stage.rest('GET', `/guilds/${guild.id}`)).body.code).toBe(10004);
    expect((await send({ content: 'x' }, channel.id)).body.code).toBe(50001);
  });
});
