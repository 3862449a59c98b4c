import { setImmediate as tick, setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createOutgoingBudget } from '../../../src/discord/outgoing/outgoing-budget.ts';
import { createReactions } from '../../../src/discord/reply/reactions.ts';
import { createReplyFactory } from '../../../src/discord/reply/reply.ts';
import { createStandingMarks } from '../../../src/discord/reply/standing-marks.ts';
import { permission } from '../../../src/policy/permissions.ts';
import type { Run } from '../../../src/runs/run.ts';
import { questionToRun, toRun } from '../../../src/intake/to-run.ts';
import { openMemoryStorage } from '../../../src/storage/memory-storage.ts';
import type { KeyValueStore } from '../../../src/storage/ports.ts';
import { bot, dm, toAsked, toMention } from '../../intake/incoming.ts';
import { recordLog } from '../../intake/recorded-log.ts';
import { createFakeRest, refusal, type SentRequest } from '../commands/fake-rest.ts';
import { createFakeDirectory, guild, reading } from '../gateway/fake-directory.ts';
import { FakeDiscord } from '../outgoing/fake-discord.ts';
import { replySurroundings } from './reply-surroundings.ts';

interface SceneOptions {
  readonly respond?: (request: SentRequest) => unknown;
  readonly isUnderLoad?: boolean;
  readonly mayReact?: boolean;
  /** Where marks are written down. */
  readonly store?: KeyValueStore;
}

function createScene({ respond, isUnderLoad = false, mayReact = true, store }: SceneOptions = {}) {
  const rest = createFakeRest(respond);
  const { log } = recordLog();
  const bits = mayReact ? reading | permission.addReactions : reading;
  const directory = createFakeDirectory({ guilds: [{ ...guild, roles: new Map([['1', bits]]) }] });
  const reactions = createReactions({
    budget: { ...rest, isUnderLoad: () => isUnderLoad },
    ...{ directory, log },
    ...(store && { marks: createStandingMarks({ store, log }) }),
  });
  const replies = createReplyFactory({
    ...replySurroundings(),
    // Answers go another way than reactions, which alone are looked at.
    budget: createOutgoingBudget({ sender: new FakeDiscord({ travelMs: () => 0 }), requestsPerSecond: 50 }),
    ...{ applicationId: () => '5', botUserId: () => '5', reactions, log },
    timings: { markDelayMs: 40 },
  });
  const sent = () => rest.sent.map(({ method, path }) => `${method} ${decodeURIComponent(path)}`);
  /** The first question of a conversation at work, and the second waiting behind it. */
  const openTwo = () => {
    const second = toRun(toMention(), bot);
    const [atWork, behind] = [replies.open(toRun(toMention(), bot)), replies.open(second)];
    atWork.started();
    behind.waiting(1);
    return { atWork, behind, path: `/channels/10/messages/${second.id}/reactions/🕒/@me` };
  };
  return { reactions, replies, sent, openTwo };
}

const answered = { kind: 'answered', text: 'tea' } as const;
const overDelay = (): Promise<void> => delay(60);

test('a question behind another of its conversation is marked, until its turn comes', async () => {
  const { sent, openTwo } = createScene();
  const { behind, path } = openTwo();
  behind.waiting(1);
  await overDelay();
  expect(sent()).toEqual([`PUT ${path}`]);
  behind.started();
  await tick();
  expect(sent()).toEqual([`PUT ${path}`, `DELETE ${path}`]);
  await behind.finish(answered);
  await tick();
  expect(sent()).toHaveLength(2);
});

test('no mark is left where another process goes on', async () => {
  const { sent, openTwo } = createScene();
  const { behind, path } = openTwo();
  await overDelay();
  behind.suspend();
  await tick();
  expect(sent()).toEqual([`PUT ${path}`, `DELETE ${path}`]);
});

test('FAULTS 27: a mark that a killed process left is taken away at the next start, with one request, once', async () => {
  const store = openMemoryStorage({ timeoutMs: 1_000 }).namespace('marks');
  const killed = createScene({ store });
  const { path } = killed.openTwo();
  await overDelay();
  expect(killed.sent()).toEqual([`PUT ${path}`]);
  for (const expected of [[`DELETE ${path}`], []]) {
    const { reactions, sent } = createScene({ store });
    await reactions.removeLeft();
    await overDelay();
    expect(sent()).toEqual(expected);
  }
});

test('FAULTS 27: a mark that was taken away in time costs the next start no request; one that Discord did not take back does', async () => {
  for (const isAway of [false, true]) {
    const store = openMemoryStorage({ timeoutMs: 1_000 }).namespace('marks');
    const first = createScene({
      store,
      respond({ method }) {
        if (isAway && method === 'DELETE') throw new Error('no answer');
        return undefined;
      },
    });
    const { behind } = first.openTwo();
    await overDelay();
    await behind.finish(answered);
    await overDelay();
    const next = createScene({ store });
    await next.reactions.removeLeft();
    await overDelay();
    expect(next.sent()).toHaveLength(isAway ? 1 : 0);
  }
});

test('FAULTS 27: what tells what became of a question stays', async () => {
  const store = openMemoryStorage({ timeoutMs: 1_000 }).namespace('marks');
  const { reactions, sent } = createScene({ store });
  reactions.add(toRun(toMention(), bot), '⏩');
  await overDelay();
  expect(sent()).toHaveLength(1);
  const next = createScene({ store });
  await next.reactions.removeLeft();
  expect(next.sent()).toEqual([]);
});

test('one whose turn comes soon costs no request', async () => {
  const { sent, openTwo } = createScene();
  const { behind } = openTwo();
  behind.started();
  await overDelay();
  expect(sent()).toEqual([]);
});

test('one that waits for another conversation, or alone, is not marked', async () => {
  const { replies, sent, openTwo } = createScene();
  const { atWork, behind } = openTwo();
  await atWork.finish(answered);
  await behind.finish(answered);
  replies.open(toRun(toMention(), bot)).waiting(5);
  const author = { id: '101', name: 'Bob', isBot: false, isWebhook: false };
  replies.open(toRun(toMention({ author }), bot)).waiting(5);
  await overDelay();
  expect(sent()).toEqual([]);
});

test('under load, and where the bot may not react, nothing is sent', async () => {
  for (const options of [{ isUnderLoad: true }, { mayReact: false }]) {
    const { sent, openTwo } = createScene(options);
    openTwo();
    await overDelay();
    expect(sent()).toEqual([]);
  }
});

test('FAULTS 24: a channel that refuses reactions is left alone', async () => {
  const { reactions, sent } = createScene({
    respond() {
      throw refusal(403, 50_013);
    },
  });
  const run = toRun(toMention(), bot);
  reactions.add(run, '🕒').remove();
  await tick();
  reactions.add(run, '🕒');
  expect(sent()).toHaveLength(1);
});

test('only a message can be marked', async () => {
  const { reactions, sent } = createScene();
  const inOwnThread: Run = {
    ...toRun(toMention(), bot),
    channelId: '5',
    origin: { kind: 'message', messageId: '5' },
  };
  reactions.add(questionToRun(toAsked()), '🕒');
  reactions.add(inOwnThread, '🕒');
  expect(sent()).toEqual([]);
  reactions.add(toRun(toMention({ place: dm }), bot), '↪️');
  expect(sent()).toHaveLength(1);
  await tick();
});
