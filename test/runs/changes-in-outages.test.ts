import { expect, test } from 'vitest';
import { sleep } from '../../src/lib/abort.ts';
import { createAnswers } from '../../src/runs/answers.ts';
import { createDailyQuota } from '../../src/runs/daily-quota.ts';
import { createRunStore } from '../../src/runs/run-store.ts';
import { createMemoryRunTable } from '../../src/storage/memory-run-table.ts';
import { openMemoryStorage } from '../../src/storage/memory-storage.ts';
import { createDurableStore, idle, toRun } from './run-service-scene.ts';
import {
  askedOf,
  away,
  createJoinedScene,
  createReplies,
  createStepScene,
  readBy,
  editedRun,
  join,
  silentLog as log,
} from './step-scene.ts';

test.each(['killed', 'drained'])(
  'the process is %s while a deleted host still ends: the next one asks what joined it',
  async (end) => {
    const store = createDurableStore();
    const replies = createReplies(() => new Promise(() => undefined));
    const first = await createJoinedScene({ store, replies });
    void first.runs.forget('1').catch(() => undefined);
    await expect.poll(async () => (await store.list()).map(({ run }) => run.id)).toContain('2');
    if (end === 'drained') await first.runs.drain(0, 20);
    const second = createStepScene({ store });
    await second.runs.resume();
    await expect.poll(() => askedOf(second)).toContain('question 2');
  },
);

test('what joins a run counts in the day', async () => {
  const quota = createDailyQuota({
    max: 0,
    maxPerUser: 2,
    store: openMemoryStorage({ timeoutMs: 1_000 }).namespace('quota'),
    log,
  });
  await join(createStepScene({ ...(quota && { quota }) }));
  expect(quota?.reason('1', 0)).toBeDefined();
});

test('an edit of a joined, answered question is taken while the store is away', async () => {
  const kept = openMemoryStorage({ timeoutMs: 1_000 }).namespace('answers');
  let isAway = false;
  const store = readBy(kept, (key) => (isAway ? away() : kept.get(key)));
  const scene = await createJoinedScene({ answers: createAnswers({ log, store }) });
  scene.calls[1]?.reply('both');
  await idle(scene.runs);
  await expect.poll(() => createAnswers({ log, store }).find('2')).toBeDefined();
  isAway = true;
  expect(await scene.runs.edit(editedRun(2, 'new'), Date.now())).toBe(true);
});

/** Question `id` + 1 is edited that many microtasks after the step in which it joins. */
async function editAsItJoins(store: ReturnType<typeof createRunStore>, id: number, ticks: number) {
  const conversation = { conversationId: `conversation ${String(id)}` };
  const scene = createStepScene({ store });
  await scene.runs.submit(toRun(id, conversation));
  await expect.poll(() => scene.calls, { interval: 1 }).toHaveLength(1);
  await scene.runs.submit(toRun(id + 1, conversation), { whileRunning: 'steer' });
  scene.calls[0]?.reply();
  for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
  await scene.runs.edit(editedRun(id + 1, 'edited', conversation), Date.now());
  while (scene.runs.list().length > 0) {
    for (const { signal, reply } of scene.calls) if (!signal.aborted) reply('answer');
    await sleep(1);
  }
  return scene;
}

test('a question is edited as it joins, whenever that is: it is answered as edited, and once', async () => {
  const table = { ...createMemoryRunTable(), isDurable: true };
  const store = createRunStore({ log, table });
  for (let ticks = 0; ticks < 40; ticks++) {
    const scene = await editAsItJoins(store, 1_000 + ticks * 10, ticks);
    expect(scene.calls.at(-1)?.asked, `after ${String(ticks)} ticks`).toContain('edited');
    await expect.poll(() => table.list(), { interval: 1 }).toEqual([]);
  }
  const next = createStepScene({ store });
  await next.runs.resume();
  await sleep(30);
  expect(askedOf(next)).toEqual([]);
}, 20_000);
