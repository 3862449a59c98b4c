import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Attachment } from '../../src/attachments/attachment.ts';
import { createRunAttachments, type RefreshAttachments } from '../../src/runs/run-attachments.ts';
import type { Run } from '../../src/runs/run.ts';

const toFile = (id: string): Attachment => ({ id, name: id, url: `old ${id}`, contentType: null, size: 1 });

function toRun(own: readonly string[], quoted: readonly string[] = [], origin?: Run['origin']): Run {
  const quote = { messageId: '5', authorName: 'Bob', isBot: false, text: '' };
  return {
    version: 1,
    id: '1',
    createdAt: 0,
    conversationId: 'c',
    audience: { kind: 'private', userId: '1' },
    guildId: null,
    channelId: '10',
    requester: { id: '1', name: 'Ann' },
    origin: origin ?? { kind: 'message', messageId: '1' },
    prompt: {
      text: '',
      attachments: own.map(toFile),
      quotes: [{ ...quote, attachments: quoted.map(toFile) }],
    },
    model: null,
    replaces: null,
  };
}

/** A reader to which every address is expired: it shows what each is renewed to. */
function createScene(refresh: RefreshAttachments) {
  const asked: string[] = [];
  const read = createRunAttachments({
    log: pino({ level: 'silent' }),
    refresh: (channelId, messageId, signal) => {
      asked.push(`${channelId}/${messageId}`);
      return refresh(channelId, messageId, signal);
    },
    reader: {
      read: (attachments, { renew }, signal) =>
        Promise.all(
          attachments.map(async (attachment) => {
            const text = (await renew(attachment, signal)) ?? 'gone';
            return { ...attachment, isVoice: false, content: { kind: 'text', text, description: '' } };
          }),
        ),
    },
  });
  const run = async (given: Run): Promise<Record<string, unknown>> => {
    const files = await read(given, new AbortController().signal);
    return Object.fromEntries([...files].map(([id, { content }]) => [id, 'text' in content && content.text]));
  };
  return { run, asked };
}

test('the message is asked once for new addresses, the quoted one where it does not know', async () => {
  const { run, asked } = createScene((_, messageId) => {
    const known = messageId === '1' ? ['a', 'b', 'c'] : ['d'];
    return Promise.resolve(known.map((id) => ({ id, url: `new ${id} from ${messageId}` })));
  });
  expect(await run(toRun(['a', 'b'], ['c', 'd', 'e']))).toEqual({
    a: 'new a from 1',
    b: 'new b from 1',
    c: 'new c from 1',
    d: 'new d from 5',
    e: 'gone',
  });
  expect(asked).toEqual(['10/1', '10/5']);
});

test('an outage leaves files unread, not the run', async () => {
  const { run } = createScene(() => Promise.reject(new Error('Discord is down')));
  expect(await run(toRun(['a']))).toEqual({ a: 'gone' });
});

test("a command's own files cannot be renewed, and quoted ones are few", async () => {
  const origin = { kind: 'interaction', interactionId: '1', token: 't', isPrivate: false } as const;
  const { run, asked } = createScene(() => Promise.resolve([]));
  const files = await run(toRun(['a'], ['1', '2', '3', '4', '5', '6'], origin));
  expect(Object.keys(files).toSorted()).toEqual(['1', '2', '3', '4', 'a']);
  expect(asked).toEqual(['10/5']);
});
