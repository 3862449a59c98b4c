import { describe, expect, test, vi } from 'vitest';
import { createLiveScene, endScene, type LiveScene } from './live-scene.ts';

const oddValues = [null, 0, -1, 'odd', '', true, [], {}, [null], [{}]] as const;

/** Everything that Discord sends to a bot with these intents, and some that it does not. */
const eventNames = [
  ...['CHANNEL_CREATE', 'CHANNEL_UPDATE', 'CHANNEL_DELETE', 'CHANNEL_PINS_UPDATE'],
  ...['THREAD_CREATE', 'THREAD_UPDATE', 'THREAD_DELETE', 'THREAD_LIST_SYNC'],
  ...['THREAD_MEMBER_UPDATE', 'THREAD_MEMBERS_UPDATE'],
  ...['GUILD_CREATE', 'GUILD_UPDATE', 'GUILD_DELETE', 'GUILD_ROLE_CREATE', 'GUILD_ROLE_UPDATE'],
  ...['GUILD_ROLE_DELETE', 'GUILD_MEMBER_ADD', 'GUILD_MEMBER_UPDATE', 'GUILD_MEMBER_REMOVE'],
  ...['GUILD_MEMBERS_CHUNK', 'GUILD_EMOJIS_UPDATE', 'GUILD_STICKERS_UPDATE', 'GUILD_BAN_ADD'],
  ...['GUILD_AUDIT_LOG_ENTRY_CREATE', 'GUILD_INTEGRATIONS_UPDATE', 'GUILD_SCHEDULED_EVENT_CREATE'],
  ...['GUILD_SOUNDBOARD_SOUND_CREATE', 'STAGE_INSTANCE_CREATE', 'STAGE_INSTANCE_UPDATE'],
  ...['MESSAGE_CREATE', 'MESSAGE_UPDATE', 'MESSAGE_DELETE', 'MESSAGE_DELETE_BULK'],
  ...['MESSAGE_REACTION_ADD', 'MESSAGE_REACTION_REMOVE', 'MESSAGE_REACTION_REMOVE_ALL'],
  ...['MESSAGE_REACTION_REMOVE_EMOJI', 'MESSAGE_POLL_VOTE_ADD', 'TYPING_START', 'PRESENCE_UPDATE'],
  ...['USER_UPDATE', 'VOICE_STATE_UPDATE', 'VOICE_SERVER_UPDATE', 'WEBHOOKS_UPDATE', 'INVITE_CREATE'],
  ...['INTERACTION_CREATE', 'APPLICATION_COMMAND_PERMISSIONS_UPDATE', 'ENTITLEMENT_CREATE'],
  ...['AUTO_MODERATION_RULE_CREATE', 'SUBSCRIPTION_CREATE', 'error', 'NEVER_HEARD_OF', ''],
];

/** The payload with each of its fields null in turn, and gone or with something else in its place. */
function* toOddOnes(payload: object): Generator<object> {
  for (const [index, key] of Object.keys(payload).entries()) {
    yield { ...payload, [key]: null };
    if (index % 2 === 0) yield { ...payload, [key]: oddValues[(index / 2) % oddValues.length] };
    else yield Object.fromEntries(Object.entries(payload).filter(([name]) => name !== key));
  }
}

/** Ids that exist, of a server that nobody misses, and whatever its events may hold. */
function createPayload({ discord, ann }: LiveScene): object {
  const { people } = discord;
  const guild = people.addGuild({ memberIds: [ann.id] });
  const channel = people.addChannel(guild.id, { name: 'victim' });
  const message = people.say(ann.id, channel.id, 'hello', {
    embeds: [{ title: 'one' }],
    attachments: [{ name: 'a.txt', content: Buffer.from('a') }],
  });
  const thread = people.startThread(ann.id, channel.id, { name: 'talk' });
  const guildView = discord.guilds().find(({ id }) => id === guild.id);
  const member = { user: ann, roles: [], joined_at: null, deaf: false, mute: false, flags: 0 };
  return {
    ...guildView,
    ...channel,
    ...message,
    guild_id: guild.id,
    channel_id: channel.id,
    message_id: message.id,
    user_id: ann.id,
    role_id: guild.id,
    ids: [message.id],
    user: ann,
    member,
    members: [member],
    channels: [channel],
    threads: [thread],
    thread,
    message,
    role: guildView?.roles[0],
    roles: guildView?.roles,
    emoji: { id: null, name: '👍' },
    emojis: [],
    stickers: [],
    sticker_items: [],
    message_snapshots: [{ message }],
    referenced_message: message,
    activities: [],
    client_status: {},
    presences: [],
    data: { id: '1', name: 'ask', type: 1, options: [], custom_id: 'stop:1', component_type: 2 },
    token: 'token',
    edited_timestamp: message.timestamp,
    added_members: [],
    removed_member_ids: [],
  };
}

describe('FAULTS 29: an event of a shape that nobody expects costs that event alone', () => {
  test('whichever it is, and whatever its fields hold', async () => {
    const scene = await createLiveScene({
      gateway: { messageContent: true },
      simulator: { messageContentIntent: true },
    });
    const { discord, ann, general, messages, lines } = scene;
    try {
      await scene.gateway.start();
      const payload = createPayload(scene);
      const send = (t: unknown, d: unknown): void => {
        discord.faults.sendFrame(JSON.stringify({ op: 0, t, s: null, d }));
      };
      for (const name of eventNames) {
        for (const odd of oddValues) send(name, odd);
        for (const odd of toOddOnes(payload)) send(name, odd);
      }
      const { id } = discord.people.say(ann.id, general.id, `<@${discord.botUserId}> still there?`);
      await vi.waitFor(() => {
        expect(messages.map((message) => message.id)).toContain(id);
      }, 20_000);
      expect(scene.gateway.readiness().ready).toBe(true);
      const unhandled = lines.filter(({ msg }) => msg === 'a gateway event could not be handled');
      expect(unhandled.length, 'each is told').toBeGreaterThan(5);
      expect(unhandled.length, 'and not each time').toBeLessThan(500);
    } finally {
      await endScene(scene);
    }
  });

  test('what is no dispatch at all as well', async () => {
    const scene = await createLiveScene();
    const { discord, ann, general, messages } = scene;
    try {
      await scene.gateway.start();
      const frames = ['', '{', 'null', '7', '[]', '{}', '{"op":0}', '{"op":10}', '{"op":99,"d":null}'];
      for (const frame of [...frames, '{"op":0,"t":null,"d":null}', '{"op":11,"d":{}}']) {
        discord.faults.sendFrame(frame);
      }
      const { id } = discord.people.say(ann.id, general.id, `<@${discord.botUserId}> still there?`);
      await vi.waitFor(() => {
        expect(messages.map((message) => message.id)).toContain(id);
      }, 20_000);
    } finally {
      await endScene(scene);
    }
  });
});
