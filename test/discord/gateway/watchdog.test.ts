import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ShardState } from '../../../src/discord/gateway/heartbeats.ts';
import { startWatchdog, type WatchdogOptions } from '../../../src/discord/gateway/watchdog.ts';
import { recordLog } from '../../intake/recorded-log.ts';
import { createLiveScene, endScene, type LiveOptions, type LiveScene } from './live-scene.ts';

/** Runs `body` on a scene of its own and ends it, whatever happens. */
async function withScene(options: LiveOptions, body: (scene: LiveScene) => Promise<void>): Promise<void> {
  const scene = await createLiveScene(options);
  try {
    await body(scene);
  } finally {
    await endScene(scene);
  }
}

describe('FAULTS 3: a dead connection, over real sockets', () => {
  const quick = { watchdog: { maxUnconnectedMs: 100, checkMs: 20 } };
  const unhurried = { watchdog: { maxUnconnectedMs: 300, checkMs: 20 } };

  test('HELLO never comes: connected anew, to the same session, and nothing said meanwhile is lost', async () => {
    await withScene(
      { gateway: unhurried },
      async ({ gateway, discord, messages, fatal, ann, general, lines }) => {
        await gateway.start();
        discord.faults.muteHello(true);
        discord.faults.dropSockets();
        await vi.waitFor(() => {
          expect(lines).toContainEqual(expect.objectContaining({ shardId: 0, tries: 1 }));
        }, 3_000);
        const { id } = discord.people.say(ann.id, general.id, `<@${discord.botUserId}> anybody?`);
        discord.faults.muteHello(false);
        await vi.waitFor(() => {
          expect(messages.map((message) => message.id)).toEqual([id]);
          expect(gateway.readiness().ready).toBe(true);
        }, 3_000);
        expect(fatal).toEqual([]);
      },
    );
  });

  test('nothing comes over an open socket: connected anew', async () => {
    const watchdog = { maxSilenceMs: 200, maxTries: 100, checkMs: 20 };
    await withScene({ gateway: { watchdog } }, async ({ gateway, discord, messages, ann, general }) => {
      await gateway.start();
      discord.faults.freezeSockets(true);
      const { id } = discord.people.say(ann.id, general.id, `<@${discord.botUserId}> anybody?`);
      await vi.waitFor(() => {
        expect(gateway.readiness().ready).toBe(false);
      });
      discord.faults.freezeSockets(false);
      await vi.waitFor(() => {
        expect(messages.map((message) => message.id)).toEqual([id]);
      }, 3_000);
    });
  });

  test('connecting anew does not help: one clear line for the operator, once', async () => {
    const gateway = { watchdog: { ...quick.watchdog, maxTries: 1 } };
    await withScene({ gateway }, async (scene) => {
      await scene.gateway.start();
      scene.discord.faults.muteHello(true);
      scene.discord.faults.dropSockets();
      await vi.waitFor(() => {
        expect(scene.fatal).toMatchObject([
          { code: 'discord-gateway-dead', message: expect.stringMatching(/supervisor/) as string },
        ]);
      }, 4_000);
      expect(scene.gateway.readiness().ready).toBe(false);
    });
  });

  test('a start that Discord never greets fails', async () => {
    const gateway = { watchdog: { ...quick.watchdog, maxTries: 0 } };
    await withScene({ gateway }, async (scene) => {
      scene.discord.faults.muteHello(true);
      await expect(scene.gateway.start()).rejects.toMatchObject({ code: 'discord-gateway-dead' });
      expect(scene.fatal, 'the caller of start is told, nobody else').toEqual([]);
    });
  });
});

describe('FAULTS 3: what the watchdog takes for dead', () => {
  const limits = { maxSilenceMs: 90, maxUnconnectedMs: 45, maxTries: 3, giveUpMs: 300, checkMs: 5 };
  let shard: ShardState;
  let end: () => void;
  let reconnected: number[];
  let givenUp: number[];

  beforeEach(() => {
    vi.useFakeTimers();
    reconnected = [];
    givenUp = [];
    shard = {
      id: 0,
      isConnected: true,
      hasSession: true,
      acknowledgedAt: 0,
      heartbeatAgeMs: 0,
      pingMs: null,
    };
  });
  afterEach(() => {
    end();
    vi.useRealTimers();
  });

  const start = (given: Partial<WatchdogOptions> = {}): void => {
    end = startWatchdog({
      shards: () => [shard],
      reconnect: (shardId) => reconnected.push(shardId) > 0,
      isHeldBack: () => false,
      onGivenUp: (shardId) => givenUp.push(shardId),
      log: recordLog().log,
      limits,
      ...given,
    });
  };
  const lose = (): void => {
    shard = { ...shard, isConnected: false, hasSession: false };
  };

  test('not a shard whose heartbeats are acknowledged', () => {
    start();
    for (let n = 0; n < 20; n += 1) {
      shard = { ...shard, acknowledgedAt: Date.now(), heartbeatAgeMs: 40 };
      vi.advanceTimersByTime(40);
    }
    expect([...reconnected, ...givenUp]).toEqual([]);
  });

  test('not one whose heartbeats are acknowledged while the clock of the machine is set back', () => {
    start();
    for (let n = 0; n < 20; n += 1) {
      if (n === 10) vi.setSystemTime(Date.now() - 3_600_000);
      shard = { ...shard, acknowledgedAt: performance.now(), heartbeatAgeMs: 40 };
      vi.advanceTimersByTime(40);
    }
    expect([...reconnected, ...givenUp]).toEqual([]);
  });

  test('not one that reconnects by itself', () => {
    start();
    for (let n = 0; n < 20; n += 1) {
      lose();
      vi.advanceTimersByTime(40);
      shard = { ...shard, hasSession: true, acknowledgedAt: Date.now() };
      vi.advanceTimersByTime(40);
    }
    expect([...reconnected, ...givenUp]).toEqual([]);
  });

  test('silence, tried three times and then given up; a heartbeat in between starts anew', () => {
    start();
    shard = { ...shard, heartbeatAgeMs: 1_000 };
    vi.advanceTimersByTime(200);
    expect(reconnected).toHaveLength(2);
    shard = { ...shard, acknowledgedAt: Date.now() };
    vi.advanceTimersByTime(5);
    lose();
    vi.advanceTimersByTime(160);
    expect(reconnected).toHaveLength(5);
    expect(givenUp).toEqual([]);
    vi.advanceTimersByTime(50);
    expect(reconnected).toHaveLength(5);
    expect(givenUp.length).toBeGreaterThan(0);
  });

  test('a shard that comes back again and again and never gets a heartbeat through', () => {
    start();
    for (let n = 0; n < 20; n += 1) {
      lose();
      vi.advanceTimersByTime(20);
      shard = { ...shard, hasSession: true };
      vi.advanceTimersByTime(20);
    }
    expect(reconnected).toEqual([]);
    expect(givenUp.length).toBeGreaterThan(0);
  });

  test('not a Discord that cannot be reached: it is waited for', () => {
    start({ reconnect: () => false });
    vi.advanceTimersByTime(5);
    lose();
    vi.advanceTimersByTime(2_000);
    expect(givenUp).toEqual([]);
  });

  test('not a shard that waits for its turn to log in', () => {
    start({ isHeldBack: () => true });
    vi.advanceTimersByTime(5);
    lose();
    vi.advanceTimersByTime(2_000);
    expect([...reconnected, ...givenUp]).toEqual([]);
  });
});
