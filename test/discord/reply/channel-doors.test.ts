import { EventEmitter } from 'node:events';
import { GatewayDispatchEvents, type Client } from 'discord.js';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ChannelFacts } from '../../../src/discord/gateway/directory.ts';
import { watchAccessChanges, type AccessChange } from '../../../src/discord/gateway/access-changes.ts';
import { createChannelDoors } from '../../../src/discord/reply/channel-doors.ts';
import { questionToRun, toRun } from '../../../src/intake/to-run.ts';
import { permission } from '../../../src/policy/permissions.ts';
import type { Run } from '../../../src/runs/run.ts';
import { bot, dm, toAsked, toMention } from '../../intake/incoming.ts';
import { recordLog } from '../../intake/recorded-log.ts';
import { createFakeDirectory, general, guild, publicThread, reading } from '../gateway/fake-directory.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** In channel 10 of guild 1. */
const asked = (): Run => toRun(toMention(), bot);
const speaking = { ...guild, roles: new Map([['1', reading | permission.sendMessages]]) };

/** What those who wait are told. */
function waitAt(doors: ReturnType<typeof createChannelDoors>, run: Run) {
  const told: boolean[] = [];
  return { told, callOff: doors.awaitOpening(run, (isOpen) => told.push(isOpen)) };
}

describe('a door', () => {
  test('is shut by a refusal for five minutes, or until something changes there', async () => {
    for (const change of [
      { guildId: '1', channelId: '10' },
      { guildId: '1', channelId: null },
    ] satisfies AccessChange[]) {
      const doors = createChannelDoors(createFakeDirectory({ guilds: [speaking] }));
      expect(doors.isClosed(asked())).toBe(false);
      doors.shut(asked(), 'closed');
      expect(doors.isClosed(asked())).toBe(true);
      doors.onAccessChange({ guildId: '1', channelId: '11' });
      doors.onAccessChange({ guildId: '2', channelId: null });
      await vi.advanceTimersByTimeAsync(1);
      expect(doors.shutBy(asked())).toBe('closed');
      doors.onAccessChange(change);
      await vi.advanceTimersByTimeAsync(1);
      expect(doors.isClosed(asked())).toBe(false);
      doors.shut(asked(), 'closed');
      await vi.advanceTimersByTimeAsync(300_001);
      expect(doors.isClosed(asked())).toBe(false);
    }
  });

  test('of a thread opens with its parent', async () => {
    const doors = createChannelDoors(createFakeDirectory({ guilds: [speaking] }));
    const run = { ...asked(), channelId: publicThread.id };
    doors.shut(run, 'closed');
    doors.onAccessChange({ guildId: '1', channelId: '10' });
    await vi.advanceTimersByTimeAsync(1);
    expect(doors.shutBy(run)).toBeUndefined();
  });

  test('is closed where the gateway told that the bot may not speak, and open where it told nothing', () => {
    const closed = createChannelDoors(createFakeDirectory());
    expect(closed.isClosed(asked())).toBe(true);
    expect(closed.isClosed({ ...asked(), channelId: publicThread.id })).toBe(true);
    expect(closed.isClosed({ ...asked(), channelId: '99' })).toBe(false);
    expect(closed.isClosed(toRun(toMention({ place: dm }), bot))).toBe(false);
    expect(closed.isClosed(questionToRun(toAsked()))).toBe(false);
    const orphan = createChannelDoors(createFakeDirectory({ channels: [publicThread] }));
    expect(orphan.isClosed({ ...asked(), channelId: publicThread.id })).toBe(false);
    const threadsAlone = { ...guild, roles: new Map([['1', reading | permission.sendMessagesInThreads]]) };
    const inThreads = createChannelDoors(createFakeDirectory({ guilds: [threadsAlone] }));
    expect(inThreads.isClosed({ ...asked(), channelId: publicThread.id })).toBe(false);
    expect(inThreads.isClosed(asked())).toBe(true);
  });
});

describe('who waits at a door', () => {
  test('is told when it opens, and not while the permission is still missing', async () => {
    const channels: ChannelFacts[] = [
      { ...general, overwrites: [{ id: '1', allow: 0n, deny: permission.sendMessages }] },
    ];
    const doors = createChannelDoors(createFakeDirectory({ guilds: [speaking], channels }));
    const { told } = waitAt(doors, asked());
    doors.onAccessChange({ guildId: '1', channelId: '10' });
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual([]);
    channels.splice(0, 1, general);
    doors.onAccessChange({ guildId: '1', channelId: '10' });
    await vi.advanceTimersByTimeAsync(1);
    expect(told).toEqual([true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is told after a while that it stays closed; what Discord refused is tried once more by then', async () => {
    const closed = createChannelDoors(createFakeDirectory());
    const never = waitAt(closed, asked());
    const doors = createChannelDoors();
    doors.shut(asked(), 'closed');
    const again = waitAt(doors, asked());
    const off = waitAt(doors, asked());
    off.callOff();
    await vi.advanceTimersByTimeAsync(310_000);
    expect([never.told, again.told, off.told]).toEqual([[false], [true], []]);
  });

  test('and fails over it costs the others nothing, and is logged', async () => {
    const { log, lines } = recordLog();
    const doors = createChannelDoors(createFakeDirectory({ guilds: [speaking] }), log);
    const fail = (): never => {
      throw new Error('odd');
    };
    for (const by of ['closed', 'closed', 'gone'] as const) {
      doors.shut(asked(), by);
      doors.awaitOpening(asked(), fail);
      const { told } = waitAt(doors, asked());
      if (lines.length === 0) doors.onAccessChange({ guildId: '1', channelId: '10' });
      await vi.advanceTimersByTimeAsync(310_000);
      expect(told).toEqual([by === 'closed']);
    }
    expect(lines).toHaveLength(3);
  });

  test('does not wait where the channel is gone, or where many wait already', async () => {
    const gone = createChannelDoors();
    gone.shut(asked(), 'gone');
    const nobody = waitAt(gone, asked());
    const doors = createChannelDoors(createFakeDirectory());
    const many = Array.from({ length: 25 }, () => waitAt(doors, asked()).told);
    await vi.advanceTimersByTimeAsync(1);
    expect(nobody.told).toEqual([false]);
    expect(many.filter(([isOpen]) => isOpen === false)).toHaveLength(5);
  });
});

test('changes of channels, threads, roles and of the bot itself are told, those of other members not', () => {
  const ws = new EventEmitter();
  const changes: AccessChange[] = [];
  const client = { ws, user: { id: '900' } } as unknown as Client;
  watchAccessChanges(
    client,
    (_, handle) => {
      handle();
    },
    (change) => changes.push(change),
  );
  ws.emit(GatewayDispatchEvents.ChannelUpdate, { id: '10', guild_id: '1' });
  ws.emit(GatewayDispatchEvents.ThreadUpdate, { id: '11', guild_id: '1' });
  ws.emit(GatewayDispatchEvents.ThreadMembersUpdate, { id: '13', guild_id: '1' });
  ws.emit(GatewayDispatchEvents.GuildRoleUpdate, { guild_id: '1', role: {} });
  ws.emit(GatewayDispatchEvents.GuildMemberUpdate, { guild_id: '1', user: { id: '100' } });
  ws.emit(GatewayDispatchEvents.GuildMemberUpdate, { guild_id: '2', user: { id: '900' } });
  ws.emit(GatewayDispatchEvents.GuildCreate, { id: '3' });
  expect(changes.map(({ guildId, channelId }) => `${guildId ?? ''} ${channelId ?? '*'}`)).toEqual([
    '1 10',
    '1 11',
    '1 13',
    '1 *',
    '2 *',
    '3 *',
  ]);
});
