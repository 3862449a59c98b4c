import { describe, expect, test } from 'vitest';
import { FlagError, parseFlags } from '../../../sandbox/flags.ts';

test('without flags it is the page, with a memory that ends with it', () => {
  expect(parseFlags([])).toMatchObject({ crowd: undefined, port: 3_000, store: 'memory://', questions: 1 });
});

test('a crowd', () => {
  const flags = parseFlags(['--crowd', '200', '--channels=4', '--questions', '3', '--tokens', '500']);
  expect(flags).toMatchObject({ crowd: 200, channels: 4, questions: 3, tokens: 500, edits: 'budgeted' });
});

describe('what cannot be used is said in a sentence', () => {
  test.each([
    [['--crowd', 'many'], '--crowd takes a whole number from 1 to 100000, not "many".'],
    [['--port', '70000'], '--port takes a whole number from 0 to 65535'],
    [['--channels', '4'], '--channels belongs to --crowd'],
    [['--crowd', '5', '--port', '3001'], '--port is of the page'],
    [['--crowds', '5'], "Unknown option '--crowds'."],
    [['--crowd'], "'--crowd <value>' argument missing."],
    [['200'], "Unexpected argument '200'."],
  ])('%j', (args, sentence) => {
    expect(() => parseFlags(args)).toThrow(FlagError);
    expect(() => parseFlags(args)).toThrow(sentence);
  });
});
