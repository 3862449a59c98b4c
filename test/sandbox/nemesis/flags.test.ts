import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { FlagError } from '../../../sandbox/flags.ts';
import { parseNemesisFlags, usage } from '../../../sandbox/nemesis/flags.ts';
import { allKinds, faultKinds } from '../../../sandbox/nemesis/kinds.ts';

const MAIN = fileURLToPath(new URL('../../../sandbox/nemesis/main.ts', import.meta.url));

function runMain(...args: string[]): Promise<{ code: number | string | null | undefined; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], (error, _stdout, stderr) => {
      resolve({ code: error ? error.code : 0, stderr });
    });
  });
}

test('without flags: 20 people, one minute, a new seed', () => {
  expect(parseNemesisFlags([])).toEqual({
    seed: undefined,
    minutes: 1,
    kills: undefined,
    kinds: allKinds,
    people: 20,
    log: undefined,
    help: false,
  });
  expect(parseNemesisFlags(['--kills', '5', '--seed', '7', '--people', '3'])).toMatchObject({
    kills: 5,
    seed: 7,
    people: 3,
  });
  expect(parseNemesisFlags(['--minutes', '0.5'])).toMatchObject({ minutes: 0.5 });
});

test('kinds of faults are named, or all or none of them', () => {
  const kindsOf = (faults: string): unknown => parseNemesisFlags(['--faults', faults]).kinds;
  expect(kindsOf('threads,html')).toEqual(new Set(['threads', 'html']));
  expect(kindsOf('none')).toEqual(new Set());
  expect(kindsOf('all')).toEqual(allKinds);
  for (const kind of faultKinds) expect(usage).toContain(kind);
});

test.each([
  [['--kills=-3'], '--kills takes a whole number from 1 to 10000, not "-3".'],
  [['--kills', '0'], '--kills takes a whole number from 1 to 10000, not "0".'],
  [['--kills', '1.5'], '--kills takes a whole number from 1 to 10000, not "1.5".'],
  [['--seed', 'NaN'], '--seed takes a whole number from 0 to 999999999, not "NaN".'],
  [['--people', 'many'], '--people takes a whole number from 1 to 1000, not "many".'],
  [['--minutes=-1'], '--minutes takes a number from 0.1 to 600, not "-1".'],
  [['--minutes', 'Infinity'], '--minutes takes a number from 0.1 to 600, not "Infinity".'],
  [['--minutes', ''], '--minutes takes a number from 0.1 to 600, not "".'],
  [['--kills', '3', '--minutes', '1'], 'leave one of them out'],
  [['--faults', 'threads,rain'], 'all or none, not "rain".'],
  [['--faults', ''], 'all or none, not "".'],
  [['--hurt'], "Unknown option '--hurt'"],
  [['more'], 'Unexpected argument'],
])('%j is refused with what is wrong', (args, message) => {
  expect(() => parseNemesisFlags(args)).toThrow(FlagError);
  expect(() => parseNemesisFlags(args)).toThrow(message);
});

test('the command says what is wrong, how it is used, and ends with 2', async () => {
  const { code, stderr } = await runMain('--kills', 'NaN');
  expect(code).toBe(2);
  expect(stderr).toContain('--kills takes a whole number from 1 to 10000, not "NaN".');
  expect(stderr).toContain(usage);
});
