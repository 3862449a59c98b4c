import { describe, expect, test, vi } from 'vitest';
import { LoginThrottle } from '../../../src/discord/gateway/login-throttle.ts';
import { recordLog } from '../../intake/recorded-log.ts';
import { createLiveScene, endScene } from './live-scene.ts';

const { signal: never } = new AbortController();

function start({ remaining = 1_000, maxConcurrency = 1, intervalMs = 0, resetMs = 30 } = {}) {
  const { log, lines } = recordLog();
  const stopping = new AbortController();
  const limit = { total: 1_000, remaining, reset_after: resetMs, max_concurrency: maxConcurrency };
  const fetch = vi.fn(() => Promise.resolve({ shards: 1, session_start_limit: { ...limit } }));
  const throttle = new LoginThrottle({ fetch, log, stopping: stopping.signal, intervalMs });
  return { throttle, limit, fetch, lines, stopping };
}

describe('FAULTS 4: logins are never used up', () => {
  test('a start waits while Discord allows too few, and says so', async () => {
    const scene = await createLiveScene();
    try {
      const { discord, gateway, lines } = scene;
      const limit = { total: 1_000, remaining: 3, reset_after: 150, max_concurrency: 1 };
      const body = { url: 'ws://127.0.0.1:9', shards: 1, session_start_limit: limit };
      discord.faults.rest({ path: /gateway\/bot/, status: 200, body, times: 1 });
      const startedAt = performance.now();
      await gateway.start();
      expect(performance.now() - startedAt).toBeGreaterThan(140);
      expect(lines).toContainEqual(expect.objectContaining({ level: 'error', remaining: 3 }));
      expect(gateway.readiness().ready).toBe(true);
    } finally {
      await endScene(scene);
    }
  });

  test('so does a shard that has to log in again', async () => {
    const { throttle, limit, fetch } = start({ remaining: 6 });
    await throttle.ready(never);
    await throttle.waitForIdentify(0, never);
    limit.remaining = 5;
    const again = throttle.waitForIdentify(0, never);
    await vi.waitFor(() => {
      expect(fetch.mock.calls.length).toBeGreaterThan(2);
    });
    expect(throttle.isWaiting(0)).toBe(true);
    limit.remaining = 1_000;
    await again;
    expect(throttle.isWaiting(0)).toBe(false);
  });

  test('and while Discord does not say how many are left, until the shard or the bot gives up', async () => {
    const { throttle, fetch, lines, stopping } = start({ remaining: 6 });
    await throttle.ready(never);
    await throttle.waitForIdentify(0, never);
    fetch.mockRejectedValue(new Error('down'));
    const closed = new AbortController();
    const waiting = throttle.waitForIdentify(0, closed.signal);
    await vi.waitFor(() => {
      expect(lines).toHaveLength(1);
    });
    closed.abort(new Error('closed'));
    await expect(waiting).rejects.toThrow('closed');
    const settled = vi.fn();
    throttle.waitForIdentify(0, never).then(settled, settled);
    stopping.abort();
    await vi.waitFor(() => {
      expect(throttle.isWaiting(0)).toBe(false);
    });
    expect(settled, 'a shard that is told anything would log in').not.toHaveBeenCalled();
  });
});

test('shards that Discord counts together log in one after another, the others at once', async () => {
  const { throttle } = start({ maxConcurrency: 2, intervalMs: 60 });
  await throttle.ready(never);
  const startedAt = performance.now();
  const tookMs = async (shardId: number): Promise<number> => {
    await throttle.waitForIdentify(shardId, never);
    return performance.now() - startedAt;
  };
  const [zero, one, two] = await Promise.all([tookMs(0), tookMs(1), tookMs(2)]);
  expect(Math.max(zero, one)).toBeLessThan(50);
  expect(two).toBeGreaterThan(55);
});
