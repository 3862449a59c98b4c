import { expect, test } from 'vitest';
import { sleep } from '../../src/lib/abort.ts';
import { createAnswers } from '../../src/runs/answers.ts';
import { createRunStore } from '../../src/runs/run-store.ts';
import { createMemoryRunTable } from '../../src/storage/memory-run-table.ts';
import { openMemoryStorage } from '../../src/storage/memory-storage.ts';
import { createHarness, idle, toRun } from './run-service-scene.ts';
import { away, createReplies, createStepScene, editedRun, readBy, silentLog } from './step-scene.ts';

const prompt = (text: string) => ({ text, quotes: [], attachments: [] });

test('an older edit that is told later does not take the place of a newer one', async () => {
  const { runs, events } = createHarness((question) => `answer to ${question}`);
  const at = Date.now();
  await runs.submit(toRun(1));
  await idle(runs);
  await runs.edit(toRun(1, { prompt: prompt('third') }), at + 3_000);
  await idle(runs);
  await runs.edit(toRun(1, { prompt: prompt('second') }), at + 2_000);
  await idle(runs);
  expect(events.findLast(({ what }) => what === 'finished')?.outcome).toMatchObject({
    text: 'answer to third',
  });
});

test('an edit that came too late to be followed is not followed after a Retry and a start either', async () => {
  let now = Date.now();
  const { runs, events } = createHarness((question) => `answer to ${question}`, { now: () => now });
  const asked = toRun(1, { createdAt: now });
  await runs.submit(asked);
  await idle(runs);
  const editedAt = now + 20 * 60_000;
  const edited = { ...asked, prompt: prompt('too late') };
  expect(await runs.edit(edited, editedAt)).toBe(false);
  now += 25 * 60_000;
  await runs.retry('1', { createdAt: now });
  await idle(runs);
  now += 60_000;
  // The next start finds it on the page: nothing else was said since.
  await runs.edit(edited, editedAt);
  await idle(runs);
  expect(events.filter(({ what }) => what === 'finished').map(({ outcome }) => outcome?.text)).not.toContain(
    'answer to too late',
  );
});

test('an edit that is refused (daily quota) while the answer is being shown leaves the answer in the memory', async () => {
  const shown = Promise.withResolvers<undefined>();
  const store = createRunStore({ log: silentLog, table: createMemoryRunTable() });
  const replies = createReplies(async () => {
    await shown.promise;
    return { delivered: true, messageIds: ['5'] };
  });
  let taken = 0;
  const quota = {
    reason: () => (taken > 0 ? 'No more today.' : undefined),
    take() {
      taken += 1;
      return undefined;
    },
  };
  const scene = createStepScene({ store, replies, quota });
  const now = Date.now();
  await scene.runs.submit(toRun(1, { conversationId: 'one' }));
  await expect.poll(() => scene.calls).toHaveLength(1);
  scene.calls[0]?.reply('first');
  await expect.poll(async () => (await store.list())[0]?.ending?.outcome.kind).toBe('answered');
  const edit = scene.runs.edit(editedRun(1, 'other words'), now + 1_000);
  await sleep(5);
  shown.resolve(undefined);
  await edit;
  await idle(scene.runs);
  await sleep(20);
  expect(scene.calls, 'the edit was refused: the first answer stands').toHaveLength(1);
  expect(JSON.stringify(await scene.conversations.load('one'))).toContain('first');
});

test('an edit that a start finds while the store is away is followed when it is back, as a deletion is', async () => {
  const kept = openMemoryStorage({ timeoutMs: 1_000 }).namespace('answers');
  const first = createHarness((question) => `answer to ${question}`, {
    answers: createAnswers({ store: kept, log: silentLog }),
  });
  await first.runs.submit(toRun(1));
  await idle(first.runs);
  await first.runs.drain(0, 1_000);
  // The next process finds the edit on the page of the channel, once: gaps are closed and what was heard goes on.
  let isAway = true;
  const store = readBy(kept, (key) => (isAway ? away() : kept.get(key)));
  const second = createHarness((question) => `answer to ${question}`, {
    answers: createAnswers({ store, log: silentLog }),
  });
  await second.runs.edit(toRun(1, { prompt: prompt('new') }), Date.now() + 1_000);
  isAway = false;
  const texts = () => second.events.map(({ outcome }) => outcome?.text);
  await expect.poll(texts, { timeout: 6_000 }).toContain('answer to new');
});

test('an answer to what addressed nobody is not overwritten when its edit is found after the bot was long away', async () => {
  let now = Date.now();
  const { runs, events } = createHarness((question) => `answer to ${question}`, { now: () => now });
  const asked = toRun(1, { isUnaddressed: true, createdAt: now });
  await runs.submit(asked);
  await idle(runs);
  const editedAt = now + 60_000;
  now += 60 * 60_000;
  await runs.edit({ ...asked, prompt: { ...asked.prompt, text: 'a typo less' } }, editedAt);
  await idle(runs);
  expect(events.filter(({ what }) => what === 'finished').map(({ outcome }) => outcome?.kind)).not.toContain(
    'cancelled',
  );
});

test('an edit that was followed already is not answered once more because somebody in it has a new name', async () => {
  const { runs, events } = createHarness((question) => `answer to ${question}`);
  const at = Date.now();
  await runs.submit(toRun(1));
  await idle(runs);
  for (const name of ['Ben', 'Ben', 'Benjamin']) {
    await runs.edit(toRun(1, { prompt: prompt(`Who is @${name}?`) }), at + 1_000);
    await idle(runs);
  }
  const answers = events.filter(({ what }) => what === 'finished').map(({ outcome }) => outcome?.text);
  expect(answers).toEqual(['answer to question 1', 'answer to Who is @Ben?']);
});
