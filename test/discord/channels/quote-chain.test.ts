import { MessageType } from 'discord.js';
import { expect, test } from 'vitest';
import { createQuoteChain, type QuoteChainOptions } from '../../../src/discord/channels/quote-chain.ts';
import { toRun } from '../../../src/intake/to-run.ts';
import type { Turn } from '../../../src/memory/ports.ts';
import type { Run } from '../../../src/runs/run.ts';
import { bot, toMention } from '../../intake/incoming.ts';
import { recordLog } from '../../intake/recorded-log.ts';
import { createFakeRest, refusal, type SentRequest } from '../commands/fake-rest.ts';
import { createFakeDirectory, hidden } from '../gateway/fake-directory.ts';

interface Said {
  readonly id: number;
  readonly text?: string;
  readonly channelId?: string;
  readonly more?: object;
}

/** Message n replies to message n − 1, as far as there is one. */
function toApiMessage({
  id,
  text = `text ${String(id)}`,
  channelId = '10',
  more,
}: Said): Record<string, unknown> {
  return {
    id: String(id),
    channel_id: channelId,
    type: id > 1 ? MessageType.Reply : MessageType.Default,
    content: text,
    author: { id: '101', username: 'bob', global_name: 'Bob' },
    mentions: [],
    embeds: [],
    attachments: [],
    ...(id > 1 && { message_reference: { message_id: String(id - 1), channel_id: channelId } }),
    ...more,
  };
}

interface SceneOptions extends Partial<QuoteChainOptions> {
  readonly said?: readonly Said[];
  readonly respond?: (request: SentRequest) => unknown;
}

function createScene({
  said = [1, 2, 3, 4, 5].map((id) => ({ id })),
  respond,
  ...options
}: SceneOptions = {}) {
  const byId = new Map(said.map((each) => [String(each.id), each]));
  const rest = createFakeRest((request) => {
    const special = respond?.(request);
    if (special !== undefined) return special;
    if (request.path.startsWith('/guilds/')) return { roles: [] };
    const id = request.path.split('/')[4] ?? '';
    const found = byId.get(id);
    if (!found) throw refusal(404, 10_008);
    const before = byId.get(String(found.id - 1));
    return {
      ...toApiMessage(found),
      ...(found.id > 1 && { referenced_message: before ? toApiMessage(before) : null }),
    };
  });
  const { log } = recordLog();
  const directory = createFakeDirectory();
  const complete = createQuoteChain({ rest, directory, botUserId: () => bot, log, ...options });
  const follow = async (run: Run = toReplyTo(6), turns: readonly Turn[] = []) => {
    const { prompt } = await complete(run, turns, new AbortController().signal);
    return prompt.quotes.map(({ text }) => text);
  };
  const reads = () => rest.sent.map(({ path }) => path).filter((path) => path.includes('/messages/'));
  return { complete, follow, reads, rest };
}

/** The gateway brings the message that a question replies to, and the id of the one before it. */
function toReplyTo(id: number, channelId = '10'): Run {
  return toRun(
    toMention({
      quoted: {
        id: String(id),
        authorId: '101',
        authorName: 'Bob',
        isBot: false,
        content: `text ${String(id)}`,
        attachments: [],
        ...(id > 1 && { repliesTo: { channelId, messageId: String(id - 1) } }),
      },
    }),
    bot,
  );
}

test('a chain comes whole, the oldest first, two messages with each request', async () => {
  const { follow, reads } = createScene();
  expect(await follow()).toEqual(['text 1', 'text 2', 'text 3', 'text 4', 'text 5', 'text 6']);
  expect(reads()).toEqual(['/channels/10/messages/5', '/channels/10/messages/3', '/channels/10/messages/1']);
});

test('embeds come as text, files as files', async () => {
  const file = { id: '9', filename: 'plan.pdf', url: 'https://example.org/plan.pdf', size: 3 };
  const more = { embeds: [{ title: 'News', description: 'Tea is up' }], attachments: [file] };
  const { complete } = createScene({ said: [{ id: 1, more }] });
  const { prompt } = await complete(toReplyTo(2), [], new AbortController().signal);
  expect(prompt.quotes[0]).toMatchObject({
    authorName: 'Bob',
    text: 'text 1\n(embed) News\nTea is up\n(file: plan.pdf)',
    attachments: [{ id: '9', name: 'plan.pdf' }],
  });
});

test('a reply to a message that replied to nothing costs no request', async () => {
  const { follow, rest } = createScene();
  expect(await follow(toReplyTo(1))).toEqual(['text 1']);
  expect(rest.sent).toEqual([]);
});

test('it ends at what the conversation holds already', async () => {
  const { follow, reads } = createScene();
  const turn: Turn = { runId: '4', at: 0, messages: [], messageIds: ['4'] };
  expect(await follow(toReplyTo(6), [turn])).toEqual(['text 5', 'text 6']);
  expect(await follow(toReplyTo(5), [turn])).toEqual(['text 5']);
  expect(await follow(toReplyTo(6), [{ ...turn, messageIds: ['6'] }])).toEqual(['text 6']);
  expect(reads()).toEqual(['/channels/10/messages/5']);
});

test('it ends after so many messages or characters', async () => {
  expect(await createScene({ maxMessages: 4 }).follow()).toHaveLength(4);
  expect(await createScene({ maxCharacters: 20 }).follow()).toHaveLength(3);
});

test('it ends where a message was deleted', async () => {
  const { follow, reads } = createScene({ said: [{ id: 1 }, { id: 3 }, { id: 4 }, { id: 5 }] });
  expect(await follow()).toEqual(['text 3', 'text 4', 'text 5', 'text 6']);
  expect(reads()).toHaveLength(2);
});

test('FAULTS 38: only what the person who asks may read', async () => {
  const { follow, reads } = createScene();
  expect(await follow(toReplyTo(6, hidden.id))).toEqual(['text 6']);
  expect(reads()).toEqual([]);
});

test('a reply into another channel is not followed', async () => {
  const more = { message_reference: { message_id: '4', channel_id: '12' } };
  const { follow } = createScene({ said: [{ id: 4 }, { id: 5, more }] });
  expect(await follow()).toEqual(['text 5', 'text 6']);
});

test('FAULTS 22: where Discord does not answer, the question is asked with what there is', async () => {
  const hangs = createScene({
    timeoutMs: 20,
    respond: ({ path }) => (path.endsWith('/3') ? new Promise(() => undefined) : undefined),
  });
  expect(await hangs.follow()).toEqual(['text 4', 'text 5', 'text 6']);
});

test('a run that is stopped does not wait for it', async () => {
  const { complete } = createScene({ respond: () => new Promise(() => undefined) });
  const stop = new AbortController();
  const completing = complete(toReplyTo(6), [], stop.signal);
  const reason = new Error('stopped');
  stop.abort(reason);
  await expect(completing).rejects.toBe(reason);
});
