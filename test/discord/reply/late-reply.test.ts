import { expect, test, vi } from 'vitest';
import { answered, createReplyScene, finish, publicly } from './reply-scene.ts';

const scene = createReplyScene();

const places = (): string[] => scene.messages().map(({ json }) => json.content);

/** So many answers come at once that there is no room for what is only nice to see. */
async function crowd(): Promise<void> {
  for (let index = 0; index < 40; index += 1) {
    const run = scene.createRun(undefined, { channelId: `2${index}` });
    scene.replies
      .open(run)
      .finish(answered('Tea.'))
      .catch(() => undefined);
  }
  await vi.advanceTimersByTimeAsync(50);
  expect(scene.spareShare()).toBeLessThan(0.5);
}

test('whoever is near sees at once that they wait', async () => {
  scene.replies.open(scene.createRun()).waiting(100);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(scene.typings()).toHaveLength(1);
});

test('whoever is far back sees it after a while, and from then on their place', async () => {
  const reply = scene.replies.open(scene.createRun());
  reply.waiting(300);
  await vi.advanceTimersByTimeAsync(2_999);
  reply.waiting(250);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(scene.discord.arrivals).toEqual([]);
  reply.waiting(240);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(scene.typings()).toHaveLength(1);
  reply.waiting(230);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(places()).toEqual(['You are number 230 in line.']);
});

test('FAULTS 7: while Discord has no room, whoever is far back takes none, until they come near', async () => {
  const reply = scene.replies.open(scene.createRun());
  reply.waiting(300);
  await vi.advanceTimersByTimeAsync(60_000);
  await crowd();
  reply.waiting(200);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(scene.typings()).toEqual([]);
  await crowd();
  reply.waiting(2);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(scene.typings()).toHaveLength(1);
});

test('FAULTS 7: whoever is too far back for a place that is up to date sees it when they come nearer', async () => {
  const reply = scene.replies.open(scene.createRun());
  reply.waiting(302);
  await vi.advanceTimersByTimeAsync(60_000);
  reply.waiting(301);
  reply.waiting(300);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(scene.discord.arrivals).toEqual([]);
  reply.waiting(299);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(places()).toEqual(['You are number 299 in line.']);
});

test('an interaction shows something from the beginning, since its token ends', async () => {
  scene.replies.open(scene.createRun(publicly)).waiting(500);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(places()).toEqual(['You are number 500 in line.']);
  scene.start();
  scene.replies.open(scene.createRun(publicly));
  await vi.advanceTimersByTimeAsync(14 * 60_000 + 1_000);
  expect(places()).toEqual(['This takes longer than usual. My answer will come here.']);
});

test('one that starts, or ends before it does, is shown then', async () => {
  const started = scene.replies.open(scene.createRun());
  started.waiting(500);
  started.started();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(scene.typings()).toHaveLength(1);
  const ended = scene.replies.open(scene.createRun());
  ended.waiting(500);
  const outcome = { kind: 'failed', text: '', notice: 'That took too long.' } as const;
  expect(await finish(ended, outcome)).toMatchObject({ delivered: true });
  expect(places()).toEqual(['That took too long.']);
});

test('one that was never shown leaves nothing to suspend, and begins with the edited question', async () => {
  const reply = scene.replies.open(scene.createRun());
  reply.waiting(500);
  reply.suspend();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(scene.discord.arrivals).toEqual([]);
  const run = scene.createRun();
  const edited = scene.replies.open(run);
  edited.restart({ ...run, origin: { kind: 'message', messageId: '77' } });
  edited.started();
  await finish(edited, answered('Tea.'));
  expect(scene.messages().at(-1)?.json.message_reference).toMatchObject({ message_id: '77' });
});

test('an answer that nothing is shown of yet counts as asked for, until it ends', async () => {
  const open = Array.from({ length: 60 }, () => scene.replies.open(scene.createRun()));
  for (const reply of open) {
    reply.waiting(400);
    reply.waiting(399);
  }
  expect(scene.spareShare()).toBe(0);
  const [started, ...left] = open;
  started?.started();
  for (const reply of left) reply.suspend();
  expect(scene.spareShare()).toBeGreaterThan(0.9);
  if (started) await finish(started, answered('Tea.'));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(scene.spareShare()).toBe(1);
});
