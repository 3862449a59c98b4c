import { expect, test } from 'vitest';
import { withLateReplies } from '../../../src/discord/reply/late-reply.ts';
import type { Reply, ReplyFactory } from '../../../src/runs/ports.ts';
import type { Run } from '../../../src/runs/run.ts';

const question: Run = {
  version: 1,
  id: '100',
  createdAt: 0,
  conversationId: 'dm/1',
  audience: { kind: 'private', userId: '1' },
  guildId: null,
  channelId: '2',
  requester: { id: '1', name: 'Ada' },
  origin: { kind: 'message', messageId: '100' },
  prompt: { text: 'Why?', quotes: [], attachments: [] },
  model: null,
  replaces: null,
};

function createScene() {
  const seen: string[] = [];
  const scene = { seen, nowMs: 0, isUnderLoad: false, openAnswers: 0 };
  const inner: ReplyFactory = {
    open(run) {
      seen.push(`open ${run.prompt.text}`);
      return {
        waiting: (position) => seen.push(`waiting ${position}`),
        restart: (again) => seen.push(`restart ${again.prompt.text}`),
        started: () => seen.push('started'),
        suspend: () => seen.push('suspend'),
        onEvent: (event) => seen.push(event.type),
        finish(outcome) {
          seen.push(outcome.kind);
          return Promise.resolve({ delivered: true, messageIds: ['9'] });
        },
      };
    },
    refuse: () => Promise.resolve(),
    remove: () => Promise.resolve(),
  };
  const replies = withLateReplies(inner, {
    budget: {
      isUnderLoad: () => scene.isUnderLoad,
      openAnswer: () => {
        scene.openAnswers += 1;
        return () => {
          scene.openAnswers -= 1;
        };
      },
    },
    nearPositions: 3,
    shownPositions: 500,
    farDelayMs: 1_000,
    now: () => scene.nowMs,
  });
  const open = (run: Run = question): Reply => replies.open(run);
  return { scene, seen, open };
}

test('whoever is near sees at once that they wait', () => {
  const { seen, open } = createScene();
  open().waiting(3);
  expect(seen).toEqual(['open Why?', 'waiting 3']);
});

test('whoever is far back sees it after a while, and from then on their place', () => {
  const { scene, seen, open } = createScene();
  const reply = open();
  reply.waiting(500);
  scene.nowMs = 999;
  reply.waiting(400);
  expect(seen).toEqual([]);
  scene.nowMs = 1_000;
  reply.waiting(300);
  reply.waiting(200);
  expect(seen).toEqual(['open Why?', 'waiting 300', 'waiting 200']);
});

test('FAULTS 7: while Discord has no room, whoever is far back takes none, until they come near', () => {
  const { scene, seen, open } = createScene();
  scene.isUnderLoad = true;
  const reply = open();
  reply.waiting(500);
  scene.nowMs = 60_000;
  reply.waiting(400);
  expect(seen).toEqual([]);
  reply.waiting(2);
  expect(seen).toEqual(['open Why?', 'waiting 2']);
});

test('FAULTS 7: whoever is too far back for a place that is up to date sees it when they come nearer', () => {
  const { scene, seen, open } = createScene();
  const reply = open();
  reply.waiting(502);
  scene.nowMs = 60_000;
  reply.waiting(501);
  reply.waiting(500);
  expect(seen).toEqual([]);
  scene.nowMs = 61_000;
  reply.waiting(499);
  expect(seen).toEqual(['open Why?', 'waiting 499']);
});

test('an interaction shows something from the beginning, since its token ends', () => {
  const { seen, open } = createScene();
  const origin = { kind: 'interaction', interactionId: '100', token: 't', isPrivate: false } as const;
  open({ ...question, origin }).waiting(500);
  expect(seen).toEqual(['open Why?', 'waiting 500']);
});

test('one that starts, or ends before it does, is opened then', async () => {
  const { seen, open } = createScene();
  const started = open();
  started.waiting(500);
  started.started();
  started.onEvent({ type: 'text-delta', text: 'Be' });
  const outcome = { kind: 'cancelled', text: '', by: 'requester' } as const;
  expect(await open().finish(outcome)).toEqual({ delivered: true, messageIds: ['9'] });
  expect(seen).toEqual(['open Why?', 'started', 'text-delta', 'open Why?', 'cancelled']);
});

test('one that was never opened leaves nothing to suspend, and begins with the edited question', () => {
  const { seen, open } = createScene();
  const reply = open();
  reply.waiting(500);
  reply.suspend();
  expect(seen).toEqual([]);
  const edited = open();
  edited.restart({ ...question, prompt: { ...question.prompt, text: 'How?' } });
  edited.started();
  expect(seen).toEqual(['open How?', 'started']);
});

test('an answer that nothing is shown of yet counts as asked for, until its reply does that itself', () => {
  const { scene, open } = createScene();
  const [started, left] = [open(), open()];
  for (const reply of [started, left]) {
    reply.waiting(400);
    reply.waiting(399);
  }
  expect(scene.openAnswers).toBe(2);
  started.started();
  left.suspend();
  expect(scene.openAnswers).toBe(0);
});
