import { setImmediate as tick } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createThreads, type ThreadsOptions } from '../../../src/discord/threads/threads.ts';
import { createThreadTitles } from '../../../src/discord/threads/thread-titles.ts';
import { SwitchboardError } from '../../../src/errors.ts';
import type { ThreadRequest } from '../../../src/intake/threads.ts';
import type { Model } from '../../../src/model/ports.ts';
import { permission, threadOpening } from '../../../src/policy/permissions.ts';
import { recordLog } from '../../intake/recorded-log.ts';
import { createFakeRest, refusal, type SentRequest } from '../commands/fake-rest.ts';
import { createFakeDirectory, general, guild, reading } from '../gateway/fake-directory.ts';

const openGuild = { ...guild, roles: new Map([['1', reading | threadOpening]]) };
/** Of the guild's rights the bot has all, and members only reading. */
const closedChannel = {
  ...general,
  overwrites: [
    { id: '1', allow: 0n, deny: permission.createPublicThreads },
    { id: '900', allow: permission.createPublicThreads, deny: 0n },
    { id: '7', allow: permission.createPublicThreads, deny: 0n },
  ],
};

interface SceneOptions extends Partial<ThreadsOptions> {
  readonly respond?: (request: SentRequest) => unknown;
  readonly title?: (signal: AbortSignal) => Promise<string>;
  readonly modelTimeoutMs?: number;
}

function createScene({ respond, title, modelTimeoutMs = 1_000, ...options }: SceneOptions = {}) {
  const rest = createFakeRest(
    respond ?? (({ method, path }) => (method === 'POST' ? { id: path.split('/')[4] ?? '700' } : undefined)),
  );
  const { log } = recordLog();
  const asked: unknown[] = [];
  const model: Pick<Model, 'complete'> = {
    async complete(request, _onText, signal) {
      asked.push(request.messages.at(-1)?.content);
      const text = await (title?.(signal) ?? 'All about tea');
      return { text, toolCalls: [], finishReason: 'stop', model: 'scripted' };
    },
  };
  const budget = { ...rest, isUnderLoad: () => false };
  const titles = createThreadTitles({ model, budget, log, modelTimeoutMs });
  const directory = createFakeDirectory({ guilds: [openGuild] });
  const threads = createThreads({ budget, directory, titles, log, ...options });
  const open = (given: Partial<ThreadRequest> = {}) =>
    threads.open({
      guildId: '1',
      channelId: '10',
      messageId: '5',
      text: 'What is tea?',
      requester: { id: '100', name: 'Ann' },
      roleIds: [],
      ...given,
    });
  const sent = () => rest.sent.map(({ method, path, json }) => [method, path, json] as const);
  return { threads, titles, open, sent, asked };
}

const ownRefusal = {
  kind: 'refused',
  reason:
    'I may not open threads here: I need the permissions Create Public Threads and Send Messages in Threads.',
};

test('opened at once with the first words, then the person is added and the model names it', async () => {
  const { open, sent } = createScene();
  expect(await open()).toEqual({ kind: 'opened', channelId: '5' });
  await tick();
  expect(sent()).toEqual([
    ['POST', '/channels/10/messages/5/threads', { name: 'What is tea?' }],
    ['PUT', '/channels/5/thread-members/100', undefined],
    ['PATCH', '/channels/5', { name: 'All about tea' }],
  ]);
});

test('a thread of its own keeps the title that a person gave', async () => {
  const { open, sent, asked } = createScene();
  expect(await open({ messageId: null, text: '', title: 'Tea' })).toEqual({
    kind: 'opened',
    channelId: '700',
  });
  await tick();
  expect(sent()[0]).toEqual(['POST', '/channels/10/threads', { name: 'Tea', type: 11 }]);
  expect(asked).toEqual([]);
});

test('without a text it is named after what is asked first in it, once', async () => {
  const { threads, open, sent, asked } = createScene();
  await open({ messageId: null, text: '' });
  expect(sent()[0]?.[2]).toMatchObject({ name: 'Conversation with Ann' });
  threads.asked('700', 'What is tea?', '100');
  threads.asked('700', 'And coffee?', '100');
  threads.asked('701', 'Elsewhere?', '100');
  await tick();
  expect(asked).toEqual(['What is tea?']);
  expect(sent().at(-1)).toEqual(['PATCH', '/channels/700', { name: 'All about tea' }]);
});

test('a model that does not answer in time leaves the name, and nobody waits for it', async () => {
  const hangs = (signal: AbortSignal): Promise<string> =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
  const { open, titles, sent } = createScene({ title: hangs, modelTimeoutMs: 10 });
  expect(await open()).toMatchObject({ kind: 'opened' });
  await titles.rename('5', 'tea', '100');
  expect(sent().filter(([method]) => method === 'PATCH')).toEqual([]);
  const closing = createScene({ title: hangs, modelTimeoutMs: 60_000 });
  const renaming = closing.titles.rename('5', 'tea', '100');
  closing.titles.close();
  await renaming;
});

test('FAULTS 33: within the rights of the person who asks, unless the moderators want the thread', async () => {
  const directory = createFakeDirectory({ guilds: [openGuild], channels: [closedChannel] });
  const { open, sent } = createScene({ directory });
  expect(await open()).toEqual({ kind: 'refused', reason: 'You may not open threads in this channel.' });
  expect(sent()).toEqual([]);
  expect(await open({ roleIds: ['7'] })).toMatchObject({ kind: 'opened' });
  expect(await open({ roleIds: null })).toMatchObject({ kind: 'opened' });
});

test('FAULTS 24: where the bot may not open threads it does not try', async () => {
  const { open, sent } = createScene({ directory: createFakeDirectory() });
  expect(await open({ roleIds: null })).toEqual(ownRefusal);
  expect(sent()).toEqual([]);
});

test.each([
  [10_008, { kind: 'gone' }],
  [160_004, { kind: 'opened', channelId: '5' }],
  [50_013, ownRefusal],
  [50_024, { kind: 'refused', reason: 'A thread could not be opened here just now.' }],
])('FAULTS 23: Discord refuses with %i', async (code, opening) => {
  const { open } = createScene({
    respond() {
      throw refusal(400, code);
    },
  });
  expect(await open()).toEqual(opening);
});

test('FAULTS 20: an answer that was lost does not open a second thread', async () => {
  let count = 0;
  const { open } = createScene({
    respond({ method }) {
      if (method !== 'POST') return undefined;
      count += 1;
      if (count === 1) throw new SwitchboardError('outgoing-failed', 'Discord gave no answer');
      throw refusal(400, 160_004);
    },
  });
  expect(await open()).toEqual({ kind: 'opened', channelId: '5' });
});

test('FAULTS 22: a Discord that hangs costs the thread, not the answer', async () => {
  const { open } = createScene({ respond: () => new Promise(() => undefined), openTimeoutMs: 10 });
  expect(await open()).toMatchObject({ kind: 'refused' });
});

test('FAULTS 33: whose roles did not come with the message, as when it was fetched later, is asked of Discord', async () => {
  const muted = { ...general, overwrites: [{ id: '2', allow: 0n, deny: threadOpening }] };
  const directory = createFakeDirectory({ guilds: [openGuild], channels: [muted] });
  const openWith = (roles: readonly string[]) => {
    const respond = ({ method, path }: SentRequest) =>
      method === 'GET' ? { roles } : { id: path.split('/')[4] ?? '700' };
    return createScene({ directory, respond }).open({ roleIds: undefined });
  };
  expect(await openWith([])).toMatchObject({ kind: 'opened' });
  expect(await openWith(['2'])).toEqual({
    kind: 'refused',
    reason: 'You may not open threads in this channel.',
  });
  const respond = ({ method }: SentRequest) => {
    if (method === 'GET') throw refusal(404, 10_007);
    return { id: '700' };
  };
  expect(await createScene({ directory, respond }).open({ roleIds: undefined })).toMatchObject({
    kind: 'refused',
  });
});
