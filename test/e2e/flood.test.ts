import { expect, test } from 'vitest';
import type { ScriptedReply } from '../../sandbox/model/types.ts';
import { startProcessScene, type ProcessScene } from './process-scene.ts';

const MEGABYTE = 1_048_576;

/** Numbers of `/metrics`, by the name and labels of their line. */
async function readMetrics({ bot }: ProcessScene): Promise<Map<string, number>> {
  const line = bot.log.find((text) => text.includes('health and metrics are served')) ?? '{}';
  const { port } = JSON.parse(line) as { port?: number };
  const response = await fetch(`http://127.0.0.1:${String(port)}/metrics`);
  const lines = (await response.text()).split('\n').filter((text) => text !== '' && !text.startsWith('#'));
  return new Map(
    lines.map((text) => {
      const end = text.lastIndexOf(' ');
      return [text.slice(0, end), Number(text.slice(end + 1))];
    }),
  );
}

test('FAULTS 7, 30: 10,000 messages at once: what waits and the memory stay bounded, each has an outcome, and the bot answers on', async () => {
  await using scene = await startProcessScene({
    MAX_PENDING_RUNS: '100',
    MAX_PENDING_RUNS_PER_USER: '5',
    MAX_CONCURRENT_RUNS: '8',
    DISCORD_REQUESTS_PER_SECOND: '1000',
  });
  const gate = Promise.withResolvers<ScriptedReply>();
  const people = Array.from({ length: 50 }, (_, n) => scene.enter(`p${n}`, () => gate.promise));
  const before = await readMetrics(scene);
  for (let n = 0; n < 10_000; n += 1) people[n % people.length]?.ask(`question ${n}`);
  const refused = async (): Promise<number> =>
    (await readMetrics(scene)).get('switchboard_runs_total{outcome="refused"}') ?? 0;
  await expect.poll(refused, { timeout: 20_000, interval: 100 }).toBeGreaterThan(9_800);

  const flooded = await readMetrics(scene);
  const pending = flooded.get('switchboard_runs_pending') ?? Infinity;
  expect(pending).toBeLessThanOrEqual(100);
  expect(flooded.get('switchboard_runs_active')).toBe(8);
  expect((await refused()) + pending + 8).toBe(10_000);
  const grownBy = (name: string): number => (flooded.get(name) ?? Infinity) - (before.get(name) ?? 0);
  // A good part of it is garbage, which a quick machine makes sooner than it collects it.
  expect(grownBy('process_resident_memory_bytes')).toBeLessThan(300 * MEGABYTE);

  gate.resolve({ text: 'Done.' });
  const last = scene.enter('last');
  await expect
    .poll(
      async () => {
        const metrics = await readMetrics(scene);
        return (metrics.get('switchboard_runs_pending') ?? 1) + (metrics.get('switchboard_runs_active') ?? 1);
      },
      { timeout: 20_000, interval: 100 },
    )
    .toBe(0);
  last.ask('and now?');
  await expect.poll(() => last.answers(), { timeout: 10_000 }).toEqual(['Answer to: last and now?']);
  using database = scene.openStore();
  // Refusals are outcomes too: none is left open.
  await expect
    .poll(() => database.prepare('SELECT count(*) AS count FROM runs').get(), { timeout: 20_000 })
    .toEqual({ count: 0 });
}, 60_000);
