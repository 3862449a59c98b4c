import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayIntentBits as I } from 'discord-api-types/v10';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openGateway, type RawGateway } from './raw-gateway.ts';
import { createStage, until, type Stage } from './stage.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await createStage();
});

afterEach(async () => {
  stage.discord.faults.clear();
  await stage.discord.stop();
});

async function identified(intents: number = I.Guilds | I.GuildMessages): Promise<RawGateway> {
  const gateway = await openGateway(stage.discord);
  await gateway.identify({ intents });
  return gateway;
}

function contents(gateway: RawGateway): unknown[] {
  return gateway.dispatches('MESSAGE_CREATE').map(({ d }) => d['content']);
}

const mention = (text: string) => `<@${stage.discord.botUserId}> ${text}`;

describe('resume', () => {
  test('replays exactly what came after the given sequence number', async () => {
    const first = await identified();
    stage.say(mention('one'));
    stage.say(mention('two'));
    await until(() => contents(first).length === 2);
    const { d, s } = { ...first.dispatches('READY')[0], s: first.dispatches('MESSAGE_CREATE')[0]?.s };
    first.drop();

    const second = await openGateway(stage.discord);
    second.send(6, { token: stage.discord.token, session_id: d?.['session_id'], seq: s });
    await until(() => second.dispatches('RESUMED').length === 1);
    expect(contents(second)).toEqual([mention('two')]);
    const numbers = second.frames.flatMap(({ s: number }) => number ?? []);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  test('is refused on request, after a normal close, and for an unknown session', async () => {
    const resume = async (sessionId: unknown): Promise<RawGateway> => {
      const gateway = await openGateway(stage.discord);
      gateway.send(6, { token: stage.discord.token, session_id: sessionId, seq: 1 });
      await until(() => gateway.frames.some(({ op }) => op === 9));
      return gateway;
    };
    expect((await resume('nothing')).frames.at(-1)?.d).toBe(false);

    const closed = await identified();
    const closedId = closed.dispatches('READY')[0]?.d['session_id'];
    closed.close(1000);
    await until(() => closed.closeCode !== undefined);
    await resume(closedId);

    const dropped = await identified();
    stage.discord.faults.refuseResumes(true);
    dropped.drop();
    await resume(dropped.dispatches('READY')[0]?.d['session_id']);
  });
});

describe('what closes a connection', () => {
  test.each([
    ['a wrong token', 4004, { token: 'wrong' }],
    ['an intent that is not switched on', 4014, { intents: I.MessageContent }],
    ['a shard beyond the count', 4010, { shard: [2, 2] as [number, number] }],
  ])('%s: %i', async (_, code, options) => {
    const gateway = await openGateway(stage.discord);
    await gateway.identify(options);
    expect(gateway.closeCode).toBe(code);
  });

  test('identifying twice, rubbish, and speaking before identifying', async () => {
    const twice = await identified();
    twice.send(2, { token: stage.discord.token, intents: 0, properties: {} });
    await until(() => twice.closeCode === 4005);
    const early = await openGateway(stage.discord);
    early.send(3, {});
    await until(() => early.closeCode === 4003);
    const rubbish = await openGateway(stage.discord);
    rubbish.send(2, { intents: 'all' });
    await until(() => rubbish.closeCode === 4002);
  });

  test('more than 120 events in a minute: 4008', async () => {
    const gateway = await identified();
    for (let index = 0; index < 121; index += 1) gateway.send(1, null);
    await until(() => gateway.closeCode === 4008);
    expect(gateway.frames.filter(({ op }) => op === 11)).toHaveLength(119);
  });

  test('no heartbeat: 4009', async () => {
    const quick = await createStage({ heartbeatIntervalMs: 20 });
    const gateway = await openGateway(quick.discord);
    await until(() => gateway.closeCode === 4009);
    await quick.discord.stop();
  });
});

describe('who gets what', () => {
  test('only the asked-for intents, and only channels that the bot may view', async () => {
    const { discord, annId, guildId, channelId } = stage;
    const deaf = await identified(I.Guilds);
    const keen = await identified(I.Guilds | I.GuildMessages | I.GuildMessageReactions);
    const hidden = discord.people.addChannel(guildId, { hiddenFromEveryone: true, visibleTo: [annId] });
    discord.people.say(annId, hidden.id, mention('hidden'));
    const id = stage.say(mention('open'));
    discord.people.react(annId, id, '👍');
    await until(() => keen.dispatches('MESSAGE_REACTION_ADD').length === 1);
    expect(contents(keen)).toEqual([mention('open')]);
    expect(contents(deaf)).toEqual([]);

    discord.people.setBotPermissions(channelId, { deny: 1n << 10n });
    stage.say(mention('no longer seen'));
    await sleep(20);
    expect(contents(keen)).toEqual([mention('open')]);
  });

  test('each shard has its guilds; direct messages come to the first', async () => {
    const { discord, annId } = stage;
    const guildIds = [stage.guildId];
    while (guildIds.length < 6) {
      // Ids of one millisecond share their shard.
      await sleep(2);
      guildIds.push(discord.people.addGuild().id);
    }
    const shards: RawGateway[] = [];
    for (const shardId of [0, 1]) {
      const shard = await openGateway(discord);
      await shard.identify({ intents: I.Guilds | I.DirectMessages, shard: [shardId, 2] });
      shards.push(shard);
    }
    for (const [shardId, shard] of shards.entries()) {
      const expected = guildIds.filter((id) => (BigInt(id) >> 22n) % 2n === BigInt(shardId));
      const ready = shard.dispatches('READY')[0]?.d['guilds'] as { id: string }[];
      expect(ready.map(({ id }) => id)).toEqual(expected);
    }
    discord.people.say(annId, discord.people.openDm(annId).id, 'hello');
    await until(() => shards[0]?.dispatches('MESSAGE_CREATE').length === 1);
    expect(shards[1]?.dispatches('MESSAGE_CREATE')).toEqual([]);
  });

  test('members by name or id; all of them only with the intent', async () => {
    const gateway = await identified();
    const names = (frame: { d: Readonly<Record<string, unknown>> } | undefined): string[] =>
      (frame?.d['members'] as { user: { username: string } }[]).map(({ user }) => user.username);
    gateway.send(8, { guild_id: stage.guildId, query: '', limit: 0 });
    gateway.send(8, { guild_id: stage.guildId, query: 'an', limit: 5 });
    gateway.send(8, { guild_id: stage.guildId, user_ids: [stage.bobId, '1'], nonce: 'n' });
    await until(() => gateway.dispatches('GUILD_MEMBERS_CHUNK').length === 2);
    const [byName, byId] = gateway.dispatches('GUILD_MEMBERS_CHUNK');
    expect(names(byName)).toEqual(['ann']);
    expect(names(byId)).toEqual(['bob']);
    expect(byId?.d).toMatchObject({ not_found: ['1'], nonce: 'n' });
  });
});

describe('faults', () => {
  test('dispatches are sent twice, or swapped with their neighbours', async () => {
    const { faults } = stage.discord;
    const gateway = await identified();
    faults.duplicateDispatches(2, 'MESSAGE_CREATE');
    stage.say(mention('twice'));
    await until(() => contents(gateway).length === 2);
    faults.clear();
    faults.reorderDispatches(true);
    stage.say(mention('one'));
    stage.say(mention('two'));
    stage.say(mention('three'));
    await until(() => contents(gateway).length === 5);
    expect(contents(gateway).slice(2)).toEqual(['two', 'one', 'three'].map(mention));
  });

  test('a frozen socket carries nothing; the resume brings what was missed', async () => {
    const { faults, token } = stage.discord;
    const frozen = await identified();
    faults.freezeSockets(true);
    stage.say(mention('into the void'));
    frozen.send(1, null);
    await sleep(20);
    expect(contents(frozen)).toEqual([]);
    expect(frozen.frames.some(({ op }) => op === 11)).toBe(false);
    faults.freezeSockets(false);

    const ready = frozen.dispatches('READY')[0];
    const seq = frozen.frames.findLast(({ s }) => s !== null)?.s;
    const again = await openGateway(stage.discord);
    again.send(6, { token, session_id: ready?.d['session_id'], seq });
    await until(() => again.dispatches('RESUMED').length === 1);
    expect(contents(again)).toEqual([mention('into the void')]);
    frozen.drop();
    await until(() => frozen.closeCode !== undefined);
    stage.say(mention('still here'));
    await until(() => contents(again).length === 2);
  });

  test('the gateway asks to reconnect; a server that is left is gone', async () => {
    const { faults, people, botUserId } = stage.discord;
    const gateway = await identified();
    faults.askToReconnect();
    await until(() => gateway.frames.some(({ op }) => op === 7));
    people.leave(stage.guildId, botUserId);
    stage.say(mention('unheard'));
    await until(() => gateway.dispatches('GUILD_DELETE').length === 1);
    expect(gateway.dispatches('GUILD_DELETE')[0]?.d).toEqual({ id: stage.guildId });
    await sleep(20);
    expect(contents(gateway)).toEqual([]);
  });

  test('HELLO and heartbeat ACKs stay out; connections are refused', async () => {
    const { faults } = stage.discord;
    faults.muteHello(true);
    const silent = await openGateway(stage.discord);
    await sleep(20);
    expect(silent.frames).toEqual([]);
    faults.clear();
    faults.muteHeartbeatAcks(true);
    const gateway = await identified();
    gateway.send(1, null);
    await sleep(20);
    expect(gateway.frames.some(({ op }) => op === 11)).toBe(false);
    faults.refuseConnections(true);
    expect((await openGateway(stage.discord)).closeCode).toBeDefined();
  });
});
