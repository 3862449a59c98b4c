import { describe, expect, test } from 'vitest';
import { toLines } from '../../../sandbox/nemesis/answer.ts';
import { makeUp, violationsOf } from './evidence.ts';

const steered = { whileRunning: 'steer' } as const;
const [V1, V2] = ['#p1.q1.v1#', '#p1.q2.v1#'];
/** The first step of the first question, and all of what the second is answered. */
const both = `${toLines(V1, 'tools', 'end', 1, 1)}\n\n${toLines(V2, 'short', 'end')}`;

describe('a question that joins', () => {
  test('is answered with the first, and the first with it', () => {
    const made = makeUp();
    const [first, joined] = [made.ask(1, steered), made.ask(2, steered)];
    made.answer(first, { content: both });
    made.prompt(first);
    made.prompt(joined, [first], { together: new Set([V1, V2]) });
    expect(violationsOf(made.evidence())).toEqual([]);
  });

  test('lost: the first, where the model was not asked both in one', () => {
    const made = makeUp();
    const [first, joined] = [made.ask(1, steered), made.ask(2, steered)];
    made.answer(first, { content: both });
    made.prompt(joined, [first]);
    expect(violationsOf(made.evidence())).toEqual(['lost: p1.q1, its answer is not whole, and says nothing']);
  });

  test('lost: one of two that joined at once, and whose answer is that to the other, by itself', () => {
    const made = makeUp();
    const [first, , last] = [made.ask(1, steered), made.ask(2, steered), made.ask(3, steered)];
    made.answer(first, { kind: 'tools' });
    made.answer(last);
    made.prompt(last, [first], { together: new Set([V1, V2, '#p1.q3.v1#']) });
    expect(violationsOf(made.evidence())).toEqual(['lost: p1.q2, there is no answer and no notice']);
  });

  test('lost: it vanishes when the first is edited before it could be read', () => {
    for (const wasRead of [false, true]) {
      const made = makeUp();
      const [first, joined] = [made.ask(1, steered), made.ask(2, steered)];
      if (wasRead) made.answer(first, { content: both, at: 2_500, messageId: '2001' });
      made.edit(first, 2_000);
      made.answer(first, { version: 2, at: 5_000, messageId: '2001' });
      made.prompt(joined, [first], { together: new Set([V1, V2]) });
      const lost = 'lost: p1.q2, there is no answer and no notice';
      expect(violationsOf(made.evidence())).toEqual(wasRead ? [] : [lost]);
    }
  });

  test('ends with the sentence that the first ended with, where it had been seen in its answer', () => {
    for (const wasSeen of [false, true]) {
      const made = makeUp();
      const [first] = [made.ask(1, steered), made.ask(2, steered)];
      const begun = `${toLines(V1, 'tools', 'end', 1, 1)}\n\n${toLines(V2, 'tools', 'end', 1, 1)}`;
      if (wasSeen) made.answer(first, { content: begun, messageId: '2001' });
      made.answer(first, { content: 'The connection broke off.', at: 5_000, messageId: '2001' });
      const lost = 'lost: p1.q2, there is no answer and no notice';
      expect(violationsOf(made.evidence())).toEqual(wasSeen ? [] : [lost]);
    }
  });

  test('ends with the sentence that the first ended with, where the model was asked both in one', () => {
    for (const isTogether of [false, true]) {
      const made = makeUp();
      const [first, joined] = [made.ask(1, steered), made.ask(2, steered)];
      made.prompt(joined, [first], isTogether ? { together: new Set([V1, V2]) } : {});
      made.answer(first, { content: 'The connection broke off.', at: 5_000, messageId: '2001' });
      const lost = 'lost: p1.q2, there is no answer and no notice';
      expect(violationsOf(made.evidence())).toEqual(isTogether ? [] : [lost]);
    }
  });

  test('is not remembered while the answer is made again without another that joined it', () => {
    for (const isDeleted of [false, true]) {
      const made = makeUp();
      const [first, other] = [made.ask(1, steered), made.ask(2, steered)];
      made.prompt(first);
      made.prompt(other, [first], { together: new Set([V1, V2]) });
      made.answer(first, { content: `${toLines(V1, 'short', 'end')}\n\n${toLines(V2, 'short', 'end')}` });
      if (isDeleted) other.deletedAt = 3_500;
      const last = made.ask(4, steered);
      made.answer(last);
      made.prompt(last, isDeleted ? [] : [other]);
      const forgotten = violationsOf(made.evidence()).filter((each) => each.startsWith('forgotten'));
      const expected = ['forgotten: p1.q4, the model is not told of question 1'];
      expect(forgotten).toEqual(isDeleted ? [] : expected);
    }
  });

  test('outdated and kept: it was edited or deleted before', () => {
    const made = makeUp();
    const [first, edited, deleted] = [1, 2, 3].map((count) => made.ask(count, steered));
    if (!first || !edited || !deleted) throw new Error('three were asked');
    made.edit(edited, 200);
    deleted.deletedAt = 3_200;
    made.answer(first, { content: `${both}\n\n${toLines('#p1.q3.v1#', 'short', 'end')}` });
    made.prompt(deleted, [first, edited], {
      together: new Set([V1, V2, '#p1.q3.v1#']),
      at: 6_000,
      answered: new Set(),
    });
    expect(violationsOf(made.evidence())).toEqual([
      'outdated: p1.q2, version 1 is answered, and version 2 was known at 2.2 s',
      `kept: p1.q2, edited to version 2, known at 2.2 s: the model is sent it at 6.0 s for #p1.q3.v1#`,
      'kept: p1.q3, deleted, known at 3.2 s: its answer stands there (#p1.q3.v1#); the model is sent it at 6.0 s for #p1.q3.v1#',
    ]);
  });
});

describe('a question that interrupts', () => {
  const interrupting = { whileRunning: 'interrupt' } as const;
  const refusal = 'You already have 8 questions waiting. Please ask again when one is answered.';
  const interrupted = `${toLines(V1, 'tools', 'end', 1, 1)}\n\n(interrupted by your next message)`;

  test('ends the one before, with or without a word', () => {
    const made = makeUp();
    made.ask(1, interrupting);
    made.answer(made.ask(2, interrupting));
    expect(violationsOf(made.evidence())).toEqual([]);
    const said = makeUp();
    said.answer(said.ask(1, interrupting), { content: interrupted });
    said.answer(said.ask(2, interrupting));
    expect(violationsOf(said.evidence())).toEqual([]);
  });

  test('lost: one that is refused itself ends nothing', () => {
    const made = makeUp();
    made.answer(made.ask(1, interrupting), { content: interrupted });
    made.answer(made.ask(2, interrupting), { content: refusal });
    expect(violationsOf(made.evidence())).toEqual([
      'lost: p1.q1, it was interrupted by a question that was refused then',
    ]);
    const unsaid = makeUp();
    unsaid.ask(1, interrupting);
    unsaid.answer(unsaid.ask(2, interrupting), { content: refusal });
    expect(violationsOf(unsaid.evidence())).toEqual(['lost: p1.q1, there is no answer and no notice']);
  });

  test('lost: nobody asked anything meanwhile', () => {
    const made = makeUp();
    made.ask(1, interrupting);
    made.answer(made.ask(2, { ...interrupting, conversation: 'p1 c1', place: 1 }));
    expect(violationsOf(made.evidence())).toEqual(['lost: p1.q1, there is no answer and no notice']);
  });
});

describe('a thread', () => {
  const inThread = { wantsThread: true, conversation: 'thread 1001' } as const;

  test('holds the answer, or its words where the answer would be; nowhere else', () => {
    const made = makeUp();
    const question = made.ask(1, inThread);
    made.answer(question, { channelId: '1001', replyTo: undefined });
    expect(violationsOf(made.evidence())).toEqual([]);
    const failed = makeUp();
    failed.ask(1, inThread);
    const content = 'The model cannot be reached just now. Please try again later.';
    failed.answer(question, { content, channelId: '1001', replyTo: undefined });
    expect(violationsOf(failed.evidence())).toEqual([]);
    const elsewhere = makeUp();
    elsewhere.answer(elsewhere.ask(1, inThread), { channelId: '1002' });
    expect(violationsOf(elsewhere.evidence())).toEqual(['leaked: p1.q1, answered elsewhere']);
  });

  test('duplicated: the answer stands in it and beside it', () => {
    const made = makeUp();
    const question = made.ask(1, inThread);
    made.answer(question, { channelId: '1001', replyTo: undefined });
    made.answer(question);
    expect(violationsOf(made.evidence())).toContain('duplicated: p1.q1, it is there twice: line 1');
  });

  test('lost: it was opened, and nothing came', () => {
    const made = makeUp();
    made.ask(1, inThread);
    expect(violationsOf(made.evidence())).toEqual(['lost: p1.q1, there is no answer and no notice']);
  });

  test('knows what was said in it', () => {
    const made = makeUp();
    const root = made.ask(1, inThread);
    const next = made.ask(2, { conversation: 'thread 1001', channelId: '1001' });
    made.answer(root, { channelId: '1001', replyTo: undefined });
    made.answer(next);
    made.prompt(next, [root]);
    expect(violationsOf(made.evidence())).toEqual([]);
    made.prompt(next);
    expect(violationsOf(made.evidence())).toEqual(['forgotten: p1.q2, the model is not told of question 1']);
  });
});

describe('a permission that is taken', () => {
  test('excuses what was asked meanwhile in the server, and nothing that was asked afterwards', () => {
    const made = makeUp();
    made.fault('permission taken', 1_500, 2_500);
    made.ask(1);
    made.ask(2);
    expect(violationsOf(made.evidence())).toEqual([]);
    made.ask(3, { isDirect: true, conversation: 'p1 c1' });
    made.ask(4);
    expect(violationsOf(made.evidence())).toEqual([
      'lost: p1.q3, there is no answer and no notice',
      'lost: p1.q4, there is no answer and no notice',
    ]);
  });
});
