import { describe, expect, test } from 'vitest';
import { toLines, toSecret } from '../../../sandbox/nemesis/answer.ts';
import { check } from '../../../sandbox/nemesis/checker.ts';
import { makeUp, violationsOf } from './evidence.ts';

test('what was answered whole, refused, stopped or deleted breaks no promise', () => {
  const made = makeUp();
  const [first, second, third, fourth] = [made.ask(1), made.ask(2), made.ask(3), made.ask(4)];
  made.answer(first);
  made.prompt(first);
  made.answer(second, { kind: 'long' });
  made.prompt(second, [first]);
  made.answer(third, {
    content: 'You already have 5 questions waiting. Please ask again when one is answered.',
  });
  made.mark(fourth);
  made.ask(5, { deletedAt: 5_100 });
  made.ask(6, { mayBeStopped: true });
  const { violations, outcomes, notices } = check(made.evidence());
  expect(violations).toEqual([]);
  expect(outcomes).toEqual({ whole: 2, notice: 2, partial: 0, nothing: 2 });
  expect([...notices.values()]).toEqual([1]);
});

describe('lost:', () => {
  test('neither answer nor notice', () => {
    const made = makeUp();
    made.ask(1);
    expect(violationsOf(made.evidence())).toEqual(['lost: p1.q1, there is no answer and no notice']);
  });

  test('a place in the queue is no end', () => {
    const made = makeUp();
    made.answer(made.ask(1), { content: 'You are number 3 in line.' });
    expect(violationsOf(made.evidence())).toEqual(['lost: p1.q1, there is no answer and no notice']);
  });

  test('an answer that breaks off', () => {
    const made = makeUp();
    made.answer(made.ask(1), { content: toLines('#p1.q1.v1#', 'slow', 'end', 1, 5) });
    expect(violationsOf(made.evidence())).toEqual(['lost: p1.q1, its answer is not whole, and says nothing']);
  });

  test('excused only where the disk took nothing and the process that knew of it ended', () => {
    const made = makeUp();
    made.ask(1);
    made.fault('disk failing', 0, 2_000);
    expect(violationsOf(made.evidence())).toHaveLength(1);
    made.fault('kill -9', 3_000);
    expect(violationsOf(made.evidence())).toEqual([]);
    made.ask(20);
    expect(violationsOf(made.evidence())).toHaveLength(1);
  });
});

describe('duplicated:', () => {
  test('a line that is there twice', () => {
    const made = makeUp();
    const question = made.ask(1);
    made.answer(question, { kind: 'tools' });
    made.answer(question, { content: toLines('#p1.q1.v1#', 'tools', 'end', 2, 2), replyTo: undefined });
    expect(violationsOf(made.evidence())).toContain('duplicated: p1.q1, it is there twice: line 2');
  });

  test('two answers, or an answer and a refusal', () => {
    const made = makeUp();
    const [twice, both] = [made.ask(1), made.ask(2)];
    made.answer(twice);
    made.answer(twice);
    made.answer(both);
    made.mark(both);
    expect(violationsOf(made.evidence())).toEqual(
      expect.arrayContaining([
        'duplicated: p1.q1, it is there twice: line 1',
        'duplicated: p1.q1, it has 2 ends: message 2001, message 2002',
        'duplicated: p1.q2, it has 2 ends: message 2003, the mark of a refusal',
      ]),
    );
  });

  test('an answer to two versions at once', () => {
    const made = makeUp();
    const content = `${toLines('#p1.q1.v2#', 'tools', 'end', 1, 1)}\n${toLines('#p1.q1.v1#', 'tools', 'end', 2)}`;
    const question = made.ask(1);
    made.edit(question, 100);
    made.answer(question, { content });
    expect(violationsOf(made.evidence())).toContain('duplicated: p1.q1, it is there twice: versions 2 and 1');
  });
});

describe('out of order:', () => {
  test('a later question of the same conversation was answered first', () => {
    const made = makeUp();
    made.answer(made.ask(1), { at: 3_000 });
    made.answer(made.ask(2), { at: 2_500 });
    expect(violationsOf(made.evidence())).toEqual(['out of order: p1.q2, answered before question 1']);
  });

  test('other people and other places have an order of their own', () => {
    const made = makeUp();
    made.answer(made.ask(1), { at: 9_000 });
    made.answer(made.ask(1, { person: 2, messageId: '1500' }), { at: 2_500 });
    made.answer(made.ask(2, { place: 1 }), { at: 2_600 });
    expect(violationsOf(made.evidence())).toEqual([]);
  });

  test('excused where the question itself came late', () => {
    const made = makeUp();
    made.answer(made.ask(1), { at: 3_000 });
    made.answer(made.ask(2), { at: 2_500 });
    made.fault('dispatches reordered', 900, 950);
    expect(violationsOf(made.evidence())).toEqual([]);
  });
});

describe('in another order:', () => {
  const session = (at: number) => ({ kind: 'session', at, left: undefined }) as const;

  test('excused where a question had to be fetched, and others had waited long enough for it', () => {
    for (const [began, count] of [
      [8_900, 1],
      [9_100, 0],
    ] as const) {
      const made = makeUp();
      made.answer(made.ask(1), { at: 12_000 });
      made.answer(made.ask(5), { at: began });
      made.gateway(session(0), { kind: 'ended', at: 900 }, session(4_000));
      expect(violationsOf(made.evidence())).toHaveLength(count);
    }
  });

  test('what joins an answer under way goes before what waits', () => {
    const made = makeUp();
    const steered = { whileRunning: 'steer' } as const;
    const [first, second, joined] = [made.ask(1, steered), made.ask(2, steered), made.ask(3, steered)];
    const lines = [first, joined].map(({ question }) => toLines(`#p1.q${question}.v1#`, 'short', 'end'));
    made.answer(first, { content: lines.join('\n\n'), at: 3_500 });
    made.answer(second, { at: 4_000 });
    expect(violationsOf(made.evidence())).toEqual([]);
  });
});

describe('tools repeated:', () => {
  test('a step whose results the model had was made again', () => {
    const made = makeUp();
    const question = made.ask(1);
    made.answer(question);
    for (const toolResults of [[], ['7'], ['9']]) made.prompt(question, [], { toolResults });
    expect(violationsOf(made.evidence())).toEqual([
      'tools repeated: p1.q1, tools of a finished step were called again',
    ]);
  });

  test('the same results again, after a crash, are no new call', () => {
    const made = makeUp();
    const question = made.ask(1);
    made.answer(question);
    for (const toolResults of [[], [], ['7'], ['7']]) made.prompt(question, [], { toolResults });
    expect(violationsOf(made.evidence())).toEqual([]);
  });
});

describe('forgotten:', () => {
  test('the model is not told of an answer that could be read when its person asked on', () => {
    const made = makeUp();
    const [first, second] = [made.ask(1), made.ask(2)];
    for (const question of [first, second]) made.answer(question);
    made.prompt(second, []);
    expect(violationsOf(made.evidence())).toEqual(['forgotten: p1.q2, the model is not told of question 1']);
  });

  test('excused where its person was told so', () => {
    const made = makeUp();
    const [first, second] = [made.ask(1), made.ask(2)];
    made.answer(first);
    const told = '(My memory is out of reach just now, so I answer without what was said before.)';
    made.answer(second, { content: `${toLines('#p1.q2.v1#', 'short', 'end')}\n\n${told}` });
    made.prompt(second, []);
    expect(violationsOf(made.evidence())).toEqual([]);
  });

  test('excused while the disk could not be read, or had not been written', () => {
    const made = makeUp();
    const [first, second] = [made.ask(1), made.ask(2)];
    for (const question of [first, second]) made.answer(question);
    made.prompt(second, []);
    made.fault('disk failing', 1_400, 1_600);
    expect(violationsOf(made.evidence())).toEqual([]);
  });
});

describe('leaked:', () => {
  test('an answer tells what only another conversation may know', () => {
    const made = makeUp();
    const foreign = toSecret(2, 0);
    made.answer(made.ask(1), { content: toLines('#p1.q1.v1#', 'short', `I know ${foreign}`) });
    expect(violationsOf(made.evidence())).toEqual([`leaked: p1.q1, its answer tells ${foreign}`]);
  });

  test('an answer stands in another channel', () => {
    const made = makeUp();
    made.answer(made.ask(1), { channelId: '101' });
    expect(violationsOf(made.evidence())).toEqual(['leaked: p1.q1, answered elsewhere']);
  });
});
