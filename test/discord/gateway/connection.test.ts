import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
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

describe('FAULTS 4: what no retry can mend is one clear line', () => {
  test.each([
    [
      'a token that is wrong',
      { gateway: { token: 'bm90.a.token' } },
      'discord-token-refused',
      /DISCORD_TOKEN/,
    ],
    [
      'an intent that is not switched on',
      { gateway: { messageContent: true } },
      'discord-intents-refused',
      /Message Content Intent.*MESSAGE_CONTENT_INTENT=false/,
    ],
    [
      'a Discord that cannot be reached',
      { gateway: { apiUrl: 'http://127.0.0.1:9/api', rest: {} } },
      'discord-unreachable',
      /http:\/\/127\.0\.0\.1:9\/api/,
    ],
  ])('%s', async (_, options, code, message) => {
    await withScene(options, async ({ gateway, fatal }) => {
      const error: unknown = await gateway.start().catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
      expect((error as Error).message).not.toContain('\n');
      expect(gateway.readiness().ready).toBe(false);
      expect(fatal, 'the caller of start is told, nobody else').toEqual([]);
    });
  });

  test.each([
    [4004, 'discord-token-refused'],
    [4010, 'discord-gateway-refused'],
    [4011, 'discord-gateway-refused'],
    [4012, 'discord-gateway-refused'],
    [4013, 'discord-gateway-refused'],
    [4014, 'discord-intents-refused'],
  ])('close code %i while the bot runs', async (closeCode, code) => {
    await withScene({}, async ({ gateway, discord, fatal }) => {
      await gateway.start();
      discord.faults.dropSockets(closeCode);
      await vi.waitFor(() => {
        expect(fatal).toMatchObject([{ code, message: expect.stringMatching(/^[^\n]+$/) as string }]);
      }, 3_000);
      expect(gateway.readiness().ready).toBe(false);
    });
  });
});

describe('a start that is called off ends at once', () => {
  const reason = new Error('stopping');

  test('while Discord says nothing', async () => {
    await withScene({}, async ({ gateway, discord }) => {
      discord.faults.muteHello(true);
      const controller = new AbortController();
      const started = gateway.start(controller.signal);
      await vi.waitFor(() => {
        expect(gateway.readiness().shards).toHaveLength(1);
      });
      const calledOffAt = performance.now();
      controller.abort(reason);
      await expect(started).rejects.toBe(reason);
      expect(performance.now() - calledOffAt).toBeLessThan(1_000);
    });
  });

  test('before the connection is made: none is made later', async () => {
    await withScene({}, async ({ gateway, discord }) => {
      discord.faults.rest({ path: /gateway\/bot/, delayMs: 100 });
      const controller = new AbortController();
      const started = gateway.start(controller.signal);
      controller.abort(reason);
      await expect(started).rejects.toBe(reason);
      const connected = discord.waitFor((event) => event.type === 'gateway', 300);
      await expect(connected).rejects.toThrow();
    });
  });

  test('while the socket is still connecting: its failure later ends nothing', async () => {
    await withScene({}, async ({ gateway, discord }) => {
      const socket = Promise.withResolvers<Socket>();
      const silent = createServer(socket.resolve).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const limit = { total: 1_000, remaining: 1_000, reset_after: 0, max_concurrency: 1 };
      const body = { url: `ws://127.0.0.1:${port}`, shards: 1, session_start_limit: limit };
      discord.faults.rest({ path: /gateway\/bot/, status: 200, body });
      const started = gateway.start();
      started.catch(() => undefined);
      const connecting = await socket.promise;
      await gateway.stop();
      await expect(started).rejects.toMatchObject({ code: 'gateway-stopped' });
      connecting.resetAndDestroy();
      silent.close();
      await once(silent, 'close');
    });
  });
});

test('after the stop nothing is handled any more', async () => {
  await withScene({}, async ({ gateway, discord, messages, ann, general }) => {
    await gateway.start();
    const stopped = gateway.stop();
    discord.people.say(ann.id, general.id, `<@${discord.botUserId}> too late?`);
    await stopped;
    expect(messages).toEqual([]);
  });
});

test('a dropped socket is not ready until it has resumed, and nothing said meanwhile is lost', async () => {
  await withScene({}, async ({ gateway, discord, messages, ann, general }) => {
    await gateway.start();
    discord.faults.dropSockets();
    await vi.waitFor(() => {
      expect(gateway.readiness().ready).toBe(false);
    });
    const { id } = discord.people.say(ann.id, general.id, `<@${discord.botUserId}> anybody?`);
    await vi.waitFor(
      () => {
        expect(gateway.readiness().ready).toBe(true);
        expect(messages.map((message) => message.id)).toEqual([id]);
      },
      { timeout: 30_000 },
    );
  });
});

test('a stop between two connections is for good', async () => {
  await withScene({}, async ({ gateway, discord }) => {
    await gateway.start();
    discord.faults.dropSockets();
    await vi.waitFor(() => {
      expect(gateway.readiness().ready).toBe(false);
    });
    await gateway.stop();
    const connected = discord.waitFor((event) => event.type === 'gateway', 800);
    await expect(connected).rejects.toThrow();
  });
});

test('FAULTS 3: readiness is the age of the last acknowledged heartbeat', async () => {
  const options = { simulator: { heartbeatIntervalMs: 60 }, gateway: { maxHeartbeatAgeMs: 1_000 } };
  await withScene(options, async ({ gateway, discord }) => {
    await gateway.start();
    await vi.waitFor(() => {
      expect(gateway.readiness()).toMatchObject({ ready: true, pingMs: expect.any(Number) as number });
    });
    expect(gateway.readiness().heartbeatAgeMs).toBeLessThan(1_000);
    discord.faults.muteHeartbeatAcks(true);
    await vi.waitFor(
      () => {
        expect(gateway.readiness().ready).toBe(false);
      },
      { timeout: 30_000 },
    );
    discord.faults.muteHeartbeatAcks(false);
    await vi.waitFor(
      () => {
        expect(gateway.readiness().ready).toBe(true);
      },
      { timeout: 30_000 },
    );
  });
});

test('FAULTS 3: a connection that is lost is told once, with the code of its end, and when it is back', async () => {
  await withScene({ simulator: { heartbeatIntervalMs: 60 } }, async ({ gateway, discord, lines }) => {
    await gateway.start();
    const told = () => lines.filter(({ msg }) => String(msg).startsWith('a gateway connection'));
    discord.faults.refuseConnections(true);
    discord.faults.dropSockets(4000);
    await vi.waitFor(() => {
      expect(told()).toMatchObject([{ level: 'warn', shardId: 0, code: 4000 }]);
    });
    discord.faults.refuseConnections(false);
    await vi.waitFor(() => {
      expect(told()).toMatchObject([{ code: 4000 }, { level: 'info', shardId: 0 }]);
    }, 30_000);
    await gateway.stop();
    expect(told(), 'a stop is no loss').toHaveLength(2);
  });
});

test('FAULTS 3: readiness does not depend on the clock of the machine', async () => {
  await withScene({ simulator: { heartbeatIntervalMs: 60 } }, async ({ gateway }) => {
    await gateway.start();
    await vi.waitFor(() => {
      expect(gateway.readiness().pingMs).not.toBeNull();
    });
    const discordTime = gateway.now();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    try {
      expect(gateway.readiness().ready).toBe(true);
      expect(gateway.now() - discordTime).toBeLessThan(60_000);
    } finally {
      vi.useRealTimers();
    }
  });
});
