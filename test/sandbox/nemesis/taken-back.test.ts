import { describe, expect, test } from 'vitest';
import { toLines } from '../../../sandbox/nemesis/answer.ts';
import { makeUp, violationsOf, type MadeUp } from './evidence.ts';

const V1 = '#p1.q1.v1#';
const session = (at: number, open: string[] = [], taken: string[] = []) =>
  ({ kind: 'session', at, left: { open: new Set(open), taken: new Set(taken) } }) as const;

describe('kept: a deleted question', () => {
  const toDeleted = (): { made: MadeUp; remove: () => void } => {
    const made = makeUp();
    const question = made.ask(1, { deletedAt: 2_000 });
    const seen = made.answer(question);
    return {
      made,
      remove: () => {
        made.remove(seen);
      },
    };
  };

  test('whose answer still stands there', () => {
    const { made, remove } = toDeleted();
    expect(violationsOf(made.evidence())).toEqual([
      `kept: p1.q1, deleted, known at 2.0 s: its answer stands there (${V1})`,
    ]);
    remove();
    expect(violationsOf(made.evidence())).toEqual([]);
  });

  test('which the model is sent afterwards, but not what was under way', () => {
    const { made, remove } = toDeleted();
    remove();
    const asked = new Set([V1]);
    const [before, after] = [made.ask(2, { person: 2 }), made.ask(5, { person: 3 })];
    for (const each of [before, after]) made.answer(each);
    made.prompt(before, [], { asked });
    made.prompt(before, [], { asked, at: 4_000 });
    expect(violationsOf(made.evidence())).toEqual([]);
    made.prompt(after, [], { asked });
    expect(violationsOf(made.evidence())).toEqual([
      'kept: p1.q1, deleted, known at 2.0 s: the model is sent it at 5.1 s for #p3.q5.v1#',
    ]);
  });

  test('which is answered afterwards itself', () => {
    const { made, remove } = toDeleted();
    remove();
    const [question] = made.evidence().questions;
    if (question) made.prompt(question, [], { at: 3_400 });
    expect(violationsOf(made.evidence())).toEqual([]);
    if (question) made.prompt(question, [], { at: 3_600 });
    expect(violationsOf(made.evidence())).toEqual([
      `kept: p1.q1, deleted, known at 2.0 s: the model is sent it at 3.6 s for ${V1}`,
    ]);
  });

  test.each([
    [{ asked: [V1] }, `the memory holds the question ${V1}`],
    [{ answered: [V1] }, `the memory holds the answer to ${V1}`],
    [{ repeatable: [V1] }, `${V1} can be answered once more`],
  ])('of which the store holds %j', (words, found) => {
    const { made, remove } = toDeleted();
    remove();
    made.keep({ asked: ['#p1.q11.v1#'] });
    expect(violationsOf(made.evidence())).toEqual([]);
    made.keep(words);
    expect(violationsOf(made.evidence())).toEqual([`kept: p1.q1, deleted, known at 2.0 s: ${found}`]);
  });
});

describe('what was done while the bot was away', () => {
  const away = [{ kind: 'deaf', at: 1_800 } as const, { kind: 'ended', at: 1_800 } as const];

  test('is known once it looks after what it left, or fetches the question', () => {
    for (const left of [session(3_000, ['1001'], ['1001']), session(3_000)]) {
      const made = makeUp();
      made.answer(made.ask(1, { deletedAt: 2_000 }));
      made.gateway(session(0), ...away, left);
      expect(violationsOf(made.evidence())).toEqual([
        `kept: p1.q1, deleted, known at 3.0 s: its answer stands there (${V1})`,
      ]);
    }
  });

  test('is not known where the question was done with', () => {
    const made = makeUp();
    made.answer(made.ask(1, { deletedAt: 2_000 }));
    made.gateway(session(0), ...away, session(3_000, [], ['1001']));
    expect(violationsOf(made.evidence())).toEqual([]);
  });

  test('is told to a session that is resumed', () => {
    const made = makeUp();
    made.answer(made.ask(1, { deletedAt: 2_000 }));
    made.gateway(session(0), { kind: 'deaf', at: 1_900 }, { kind: 'resumed', at: 2_600 });
    expect(violationsOf(made.evidence())).toHaveLength(1);
  });

  test('is not known to a process that ends at once', () => {
    const made = makeUp();
    made.answer(made.ask(1, { deletedAt: 2_000 }));
    made.gateway(session(0), { kind: 'deaf', at: 2_500 }, { kind: 'ended', at: 2_500 });
    made.gateway(session(4_000, [], ['1001']));
    expect(violationsOf(made.evidence())).toEqual([]);
  });
});

describe('an edited question', () => {
  test('outdated: the answer is to the text before', () => {
    const made = makeUp();
    const question = made.ask(1);
    made.edit(question, 1_000);
    const seen = made.answer(question);
    expect(violationsOf(made.evidence())).toEqual([
      'outdated: p1.q1, version 1 is answered, and version 2 was known at 2.0 s',
    ]);
    made.remove(seen);
    made.answer(question, { version: 2 });
    expect(violationsOf(made.evidence())).toEqual([]);
  });

  test('kept: the text before is remembered', () => {
    const made = makeUp();
    const question = made.ask(1);
    made.edit(question, 1_000);
    made.answer(question, { version: 2 });
    made.keep({ asked: ['#p1.q1.v2#'], answered: ['#p1.q1.v2#'] });
    expect(violationsOf(made.evidence())).toEqual([]);
    made.keep({ asked: [V1] });
    expect(violationsOf(made.evidence())).toEqual([
      `kept: p1.q1, edited to version 2, known at 2.0 s: the memory holds the question ${V1}`,
    ]);
  });

  test('may have its answer where the edit was refused, of which its person was told', () => {
    const made = makeUp();
    const question = made.ask(1);
    made.edit(question, 1_000);
    made.answer(question);
    made.answer(question, {
      content: 'You already have 8 questions waiting. Please ask again when one is answered.',
    });
    expect(violationsOf(made.evidence())).toEqual([]);
  });

  test('does not follow edits that come long after', () => {
    const made = makeUp();
    const question = made.ask(1);
    made.edit(question, 15 * 60_000);
    made.answer(question);
    expect(violationsOf(made.evidence())).toEqual([]);
  });
});

describe('Retry:', () => {
  test('one standing answer, made anew in its place', () => {
    const made = makeUp();
    const question = made.ask(1);
    const seen = made.answer(question);
    made.press(question, 'retry', 1_000);
    made.answer(question, { messageId: seen.messageId, at: 3_000 });
    expect(violationsOf(made.evidence())).toEqual([]);
    made.answer(question, { at: 3_000 });
    expect(violationsOf(made.evidence())).toEqual(
      expect.arrayContaining([
        'duplicated: p1.q1, it is there twice: line 1',
        'duplicated: p1.q1, it has 2 ends: message 2001, message 2003',
      ]),
    );
  });

  test('refused, the answer stands, and is remembered', () => {
    const made = makeUp();
    const question = made.ask(1);
    made.answer(question);
    made.press(question, 'retry', 1_000);
    made.answer(question, { content: 'Too many questions are waiting just now. Please try again.' });
    made.keep({ asked: [V1], answered: [V1] });
    expect(violationsOf(made.evidence())).toEqual([]);
    made.keep({});
    expect(violationsOf(made.evidence())).toEqual([
      'forgotten: p1.q1, its answer stands there, and is not remembered',
    ]);
  });

  test('the answer follows what is done to its question afterwards', () => {
    const made = makeUp();
    const [edited, deleted] = [made.ask(1), made.ask(2, { deletedAt: 4_000 })];
    made.press(edited, 'retry', 1_000);
    made.press(deleted, 'retry', 1_000);
    made.edit(edited, 2_000);
    for (const each of [edited, deleted]) made.answer(each);
    expect(violationsOf(made.evidence())).toEqual([
      'outdated: p1.q1, version 1 is answered, and version 2 was known at 3.0 s',
      'kept: p1.q2, deleted, known at 4.0 s: its answer stands there (#p1.q2.v1#)',
    ]);
  });
});

describe('an answer that was taken away', () => {
  test('with its button: its question is forgotten, unless its person was told that nothing came of it', () => {
    for (const isRefused of [false, true]) {
      const made = makeUp();
      const question = made.ask(1);
      made.remove(made.answer(question));
      made.press(question, 'delete', 1_000, isRefused);
      expect(violationsOf(made.evidence())).toEqual([]);
      made.keep({ asked: [V1] });
      expect(violationsOf(made.evidence())).toHaveLength(isRefused ? 0 : 1);
    }
  });

  test('by hand: its words are forgotten, the question may stay', () => {
    const made = makeUp();
    const [question, later] = [made.ask(1, { answerRemovedAt: 2_500 }), made.ask(6)];
    made.remove(made.answer(question));
    made.answer(later);
    made.prompt(later, [], { asked: new Set([V1]) });
    made.keep({ asked: [V1], answered: ['#p1.q6.v1#'] });
    expect(violationsOf(made.evidence())).toEqual([]);
    made.keep({ answered: [V1, '#p1.q6.v1#'] });
    expect(violationsOf(made.evidence())).toEqual([
      'kept: p1.q1, its answer was deleted by hand, known at 2.5 s: the memory holds it',
    ]);
    made.prompt(later, [question]);
    expect(violationsOf(made.evidence())).toEqual([
      'kept: p1.q1, its answer was deleted by hand, known at 2.5 s: the model is sent it at 6.1 s',
    ]);
  });
});

describe('/reset:', () => {
  test('what was asked before is forgotten, what is asked afterwards is not', () => {
    const made = makeUp();
    const [before, after, last] = [made.ask(1, { resetAt: 1_900 }), made.ask(4), made.ask(5)];
    for (const each of [before, after, last]) made.answer(each);
    made.prompt(after, []);
    made.prompt(last, [after]);
    made.keep({ answered: [after, last].map(({ question }) => `#p1.q${question}.v1#`), repeatable: [V1] });
    expect(violationsOf(made.evidence())).toEqual([]);
    made.prompt(last, [before]);
    made.keep({ answered: ['#p1.q5.v1#'] });
    expect(violationsOf(made.evidence())).toEqual([
      `kept: p1.q1, reset, known at 1.9 s: the model is sent it at 5.1 s for #p1.q5.v1#`,
      'forgotten: p1.q5, the model is not told of question 4',
      'forgotten: p1.q4, its answer stands there, and is not remembered',
    ]);
  });
});

describe('not stopped:', () => {
  const content = toLines(V1, 'short', 'end');

  test('an answer that begins after /stop took its question', () => {
    const made = makeUp();
    made.answer(made.ask(1, { mayBeStopped: true, stoppedAt: 2_000 }), { at: 9_000, content });
    expect(violationsOf(made.evidence())).toEqual([
      'not stopped: p1.q1, /stop was acknowledged at 2.0 s, and its answer began at 9.0 s',
    ]);
  });

  test('but not one that was on its way, nor where the process ended before it was written down', () => {
    const made = makeUp();
    made.answer(made.ask(1, { mayBeStopped: true, stoppedAt: 2_000 }), { at: 4_000, content });
    expect(violationsOf(made.evidence())).toEqual([]);
    const killed = makeUp();
    killed.answer(killed.ask(1, { mayBeStopped: true, stoppedAt: 2_000 }), { at: 9_000, content });
    killed.gateway(session(0), { kind: 'ended', at: 2_200 }, session(3_000));
    expect(violationsOf(killed.evidence())).toEqual([]);
  });
});
