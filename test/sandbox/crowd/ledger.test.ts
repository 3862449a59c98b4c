import { beforeEach, describe, expect, test } from 'vitest';
import { Ledger } from '../../../sandbox/crowd/ledger.ts';
import type { QuestionRecord } from '../../../sandbox/crowd/ledger.ts';
import { toAnswer, toTag } from '../../../sandbox/crowd/question.ts';
import type { SimulatorEvent } from '../../../sandbox/discord/types.ts';

const BOT = '900';
const ID = { person: 7, question: 2 };
const ANSWER = toAnswer(toTag(ID), 40);

let ledger: Ledger;

beforeEach(() => {
  ledger = new Ledger(BOT);
  ledger.ask({ ...ID, channelId: '1', messageId: '10', askedAt: performance.now(), expected: ANSWER });
});

function show(
  type: 'message-create' | 'message-update',
  id: string,
  content: string,
  more: { replyTo?: string; authorId?: string } = {},
): void {
  const message = {
    id,
    channel_id: '1',
    content,
    author: { id: more.authorId ?? BOT },
    ...(more.replyTo === undefined ? {} : { message_reference: { message_id: more.replyTo } }),
  };
  ledger.observe({ type, message, at: 0 } as SimulatorEvent);
}

function record(): QuestionRecord {
  const [first] = ledger.records();
  if (first === undefined) throw new Error('nothing was asked');
  return first;
}

describe('an answer', () => {
  test('that grows is begun with its first text and completed with its last', () => {
    show('message-create', '20', '#7', { replyTo: '10' });
    expect(ledger.counts).toEqual({ asked: 1, begun: 1, completed: 0 });
    show('message-update', '20', ANSWER.slice(0, -3));
    expect(ledger.counts.completed).toBe(0);
    show('message-update', '20', ANSWER);
    expect(ledger.counts).toEqual({ asked: 1, begun: 1, completed: 1 });
    const { firstTextAt = 0, completedAt = 0, isDuplicated } = record();
    expect(completedAt).toBeGreaterThan(firstTextAt);
    expect(isDuplicated).toBe(false);
  });

  test('in several messages is one answer, whatever space was lost between them', () => {
    const cut = ANSWER.indexOf('\n');
    show('message-create', '20', ANSWER.slice(0, cut), { replyTo: '10' });
    show('message-create', '21', ANSWER.slice(cut + 1));
    expect(record()).toMatchObject({ isDuplicated: false });
    expect(ledger.counts.completed).toBe(1);
  });

  test('that can be read twice is a duplicate', () => {
    show('message-create', '20', ANSWER, { replyTo: '10' });
    show('message-create', '21', ANSWER, { replyTo: '10' });
    expect(record().isDuplicated).toBe(true);
  });

  test('of which a part can be read twice is a duplicate', () => {
    show('message-create', '20', ANSWER, { replyTo: '10' });
    show('message-create', '21', ANSWER.slice(0, 30));
    expect(record().isDuplicated).toBe(true);
  });

  test('whose copy was taken back is none', () => {
    show('message-create', '20', ANSWER, { replyTo: '10' });
    show('message-create', '21', ANSWER, { replyTo: '10' });
    ledger.observe({ type: 'message-delete', channelId: '1', messageId: '21', at: 0 });
    expect(record().isDuplicated).toBe(false);
  });
});

test('a refusal is something to read, and no answer', () => {
  show('message-create', '20', 'Too many people are asking.', { replyTo: '10' });
  expect(ledger.counts).toEqual({ asked: 1, begun: 1, completed: 0 });
  expect(record().completedAt).toBeUndefined();
});

test('what people write counts for nothing', () => {
  show('message-create', '20', ANSWER, { replyTo: '10', authorId: '5' });
  expect(ledger.counts.begun).toBe(0);
});

test('where no text is expected any will do', () => {
  ledger.ask({ person: 8, question: 1, channelId: '1', messageId: '11', askedAt: 0, expected: '' });
  show('message-create', '20', 'A real model wrote this.', { replyTo: '11' });
  expect(ledger.counts.completed).toBe(1);
});
