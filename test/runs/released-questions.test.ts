import { expect, test } from 'vitest';
import { sleep } from '../../src/lib/abort.ts';
import { createAnswers } from '../../src/runs/answers.ts';
import { openMemoryStorage } from '../../src/storage/memory-storage.ts';
import { idle } from './run-service-scene.ts';
import { createJoinedScene, createStepScene, silentLog as log } from './step-scene.ts';

test('a host is deleted during its retry: what is on its own again is found after a restart', async () => {
  const removal = Promise.withResolvers<undefined>();
  const store = openMemoryStorage({ timeoutMs: 1_000 }).namespace('answers');
  const { conversations } = createStepScene();
  let isSlow = false;
  const scene = await createJoinedScene({
    answers: createAnswers({ store, log }),
    conversations: {
      ...conversations,
      async removeTurn(...given) {
        if (isSlow && given[2] === undefined) await removal.promise;
        await conversations.removeTurn(...given);
      },
    },
  });
  const ofNextProcess = () => createAnswers({ store, log }).find('2');
  scene.calls[1]?.reply('both');
  await idle(scene.runs);
  await scene.runs.retry('1', { createdAt: Date.now() });
  await expect.poll(() => scene.calls).toHaveLength(3);
  isSlow = true;
  const forgetting = scene.runs.forget('1');
  await expect.poll(() => scene.calls).toHaveLength(4);
  scene.calls[3]?.reply('own answer of 2');
  await idle(scene.runs);
  await expect.poll(ofNextProcess).toMatchObject({ run: { id: '2' } });
  removal.resolve(undefined);
  await forgetting;
  await sleep(5);
  expect(await ofNextProcess()).toMatchObject({ run: { id: '2' } });
});
