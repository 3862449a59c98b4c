import { MessageType } from 'discord.js';
import { expect, test } from 'vitest';
import { createMissedChanges } from '../../../src/discord/catch-up/missed-changes.ts';
import { toRun } from '../../../src/intake/to-run.ts';
import type { Run } from '../../../src/runs/run.ts';
import { bot, toMention, toMessage } from '../../intake/incoming.ts';
import { createFakeRest, refusal, type SentRequest } from '../commands/fake-rest.ts';
import { createFakeDirectory } from '../gateway/fake-directory.ts';

const EDITED = '2026-11-21T12:00:00.000Z';

function createScene(respond: (request: SentRequest) => unknown) {
  const rest = createFakeRest(respond);
  const missed = createMissedChanges({
    rest,
    directory: createFakeDirectory(),
    botUserId: () => bot,
    timeoutMs: 50,
  });
  return { missed, sent: rest.sent };
}

const question: Run = toRun(toMention({ id: '77' }), bot);
const toShown = (more: object = {}): object => ({
  id: '77',
  channel_id: '10',
  type: MessageType.Default,
  timestamp: '2026-11-21T11:00:00.000Z',
  edited_timestamp: null,
  content: `<@${bot}> How are you?`,
  author: { id: '100', username: 'ann', global_name: 'Ann' },
  mentions: [{ id: bot, username: 'bot' }],
  embeds: [],
  attachments: [],
  ...more,
});
const edited = (content: string, more: object = {}) =>
  toShown({ content, edited_timestamp: EDITED, ...more });

test('a question that stands as it did has not changed', async () => {
  const { missed, sent } = createScene(() => toShown());
  expect(await missed(question)).toEqual([]);
  expect(sent.map(({ path }) => path)).toEqual(['/channels/10/messages/77']);
});

test('a question that was edited is asked as it is now', async () => {
  const { missed } = createScene(() => edited(`<@${bot}> And you?`));
  expect(await missed(question)).toMatchObject([
    { kind: 'edited', run: { id: '77', prompt: { text: 'And you?' } }, editedAt: Date.parse(EDITED) },
  ]);
});

test('a question that was deleted, or calls the bot no more, is gone', async () => {
  const deleted = createScene(() => Promise.reject(refusal(404, 10_008)));
  expect(await deleted.missed(question)).toEqual([{ kind: 'gone', id: '77' }]);
  const uncalled = createScene(() => edited('never mind', { mentions: [] }));
  expect(await uncalled.missed(question)).toEqual([{ kind: 'gone', id: '77' }]);
});

test('where everything is answered, a question need not call the bot', async () => {
  const { missed } = createScene(() => edited('And you?', { mentions: [] }));
  expect(await missed(toRun(toMessage({ id: '77' }), bot))).toMatchObject([{ kind: 'edited' }]);
});

test('a question for which a thread was opened is read where it stands, what joined it in the thread', async () => {
  const { missed, sent } = createScene(() => toShown());
  const joined = [{ id: '78', createdAt: 1, prompt: question.prompt }];
  await missed({ ...question, channelId: '77', joined });
  expect(sent.map(({ path }) => path)).toEqual(['/channels/10/messages/77', '/channels/77/messages/78']);
});

test('of what may not be read nothing is known, and a Discord that is silent is not waited for', async () => {
  const refused = createScene(() => Promise.reject(refusal(403, 50_001)));
  expect(await refused.missed(question)).toEqual([]);
  const silent = createScene(() => new Promise(() => undefined));
  await expect(silent.missed(question)).rejects.toThrow('Reading a question again');
});

test('of the question of a command there is no message', async () => {
  const { missed, sent } = createScene(() => toShown());
  const origin = { kind: 'interaction', interactionId: '77', token: 't', isPrivate: false } as const;
  expect(await missed({ ...question, origin })).toEqual([]);
  expect(sent).toEqual([]);
});
