import { expect, test, vi } from 'vitest';
import type { OutgoingBudget } from '../../../src/discord/outgoing/ports.ts';
import { createMissedScene } from './missed-scene.ts';

type Send = OutgoingBudget['send'];
const notYet: Send = () => Promise.reject(new Error('nothing is sent yet'));

test('a channel with an earlier question is not read in a server that is not allowed any more', async () => {
  const read: string[] = [];
  let send: Send = notYet;
  await using scene = await createMissedScene({
    catchUp: {
      mayAnswerIn: () => false,
      rest: { send: (request) => send(request) },
    },
  });
  send = (request) => {
    read.push(request.path);
    return scene.budget.send(request);
  };
  const first = scene.mention(scene.general.id);
  scene.write(first);
  scene.cursors.set(scene.general.id, first);
  scene.mention(scene.general.id, 'again');
  await scene.start();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(read).toEqual([]);
  expect(scene.heardIds()).toEqual([]);
});

test('a question that was deleted live, while its channel was still being read, is not handed on', async () => {
  const told: string[] = [];
  const later = Promise.withResolvers<undefined>();
  let send: Send = notYet;
  let pages = 0;
  await using scene = await createMissedScene({
    catchUp: {
      limits: { maxHoldMs: 20 },
      rest: { send: (request) => send(request) },
      door: {
        onMessage: ({ id }) => told.push(`asked ${id}`),
        onMessageDelete: (id) => told.push(`deleted ${id}`),
      },
    },
  });
  send = async (request) => {
    const found = await scene.budget.send(request);
    if (request.path.endsWith('/messages') && (pages += 1) === 2) await later.promise;
    return found;
  };
  const { general, ann, discord } = scene;
  const { people } = discord;
  const last = people.say(ann.id, general.id, 'before').id;
  scene.write(last);
  scene.cursors.set(general.id, last);
  for (let index = 0; index < 110; index += 1) people.say(ann.id, general.id, `talk ${String(index)}`);
  const asked = scene.mention(general.id, 'never mind');
  await scene.start();
  await vi.waitFor(() => {
    expect(pages).toBe(2);
  });
  await new Promise((resolve) => setTimeout(resolve, 60));
  people.deleteMessage(ann.id, asked);
  await vi.waitFor(() => {
    expect(told).toContain(`deleted ${asked}`);
  });
  later.resolve(undefined);
  await vi.waitFor(() => {
    expect(told.length).toBeGreaterThan(100);
  });
  expect(told).not.toContain(`asked ${asked}`);
});
