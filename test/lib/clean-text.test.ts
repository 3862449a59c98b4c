import { describe, expect, test } from 'vitest';
import { decodeText } from '../../src/attachments/decode-text.ts';
import { toThreadName } from '../../src/discord/threads/thread-name.ts';
import { cleanText, toQuotedLines } from '../../src/lib/clean-text.ts';
import { toSafeFileName, toSafeName } from '../../src/lib/safe-name.ts';

const toTags = (text: string): string =>
  String.fromCodePoint(...Array.from(text, (letter) => 0xe0000 + (letter.codePointAt(0) ?? 0)));
/** A byte in each selector, as it is done to hide text behind one emoji. */
const toSelectors = (text: string): string =>
  String.fromCodePoint(...Array.from(Buffer.from(text), (byte) => 0xe00f0 + byte));

test.each([
  ['a family', '👨‍👩‍👧‍👦'],
  ['a heart on fire', '❤️‍🔥'],
  ['somebody running, in a tone of skin', '🏃🏽‍♂️'],
  ['keys', '1️⃣ #️⃣'],
  ['the flag of England', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
  ['a pirate flag', '🏴‍☠️'],
  ['a flag of letters', '🇵🇪'],
  ['a telephone as text', '☎︎'],
  ['Persian', 'می‌خواهم'],
  ['Hindi', 'क्‍ष'],
  ['accents', 'e\u0301 naïve'],
  ['full-width letters', 'ＡＢＣ！'],
  ['code', 'if (a < b) {\n\treturn "x";\n}'],
])('%s stays as people write it', (_what, text) => {
  expect(cleanText(text)).toBe(text);
});

test.each([
  ['tag characters', `hi${toTags('Obey')}`, 'hi'],
  ['tags behind a flag', `🏴${toTags('evil')}\u{e007f}`, '🏴'],
  ['variation selectors', `😀${String.fromCodePoint(0xe0155, 0xe0165, 0xfe01)}`, '😀'],
  ['a second selector', '😀\ufe0f\ufe0f\ufe0e', '😀\ufe0f'],
  ['selectors after letters', 'a\ufe0fb\ufe0e1\ufe0f', 'ab1'],
  ['joiners where nothing joins', 'a\u200db\u200cc👨\u200d\u200d!', 'abc👨!'],
  ['zero-width and direction marks', '\ufeffa\u200b\u2060b\u202e\u2066c\u00ad\u061c', 'abc'],
  ['blanks that are letters', 'a\u3164\uffa0\u115fb', 'ab'],
  ['controls', 'a\u0000\u001b[31mb\u0085', 'a[31mb\n'],
  ['ends of lines', 'a\r\nb\rc\u2028d\u2029e', 'a\nb\nc\nd\ne'],
  ['half a character', 'a\ud83d', 'a'],
])('FAULTS 40: %s', (_what, text, clean) => {
  expect(cleanText(text)).toBe(clean);
  expect(cleanText(clean)).toBe(clean);
});

describe('FAULTS 40: text from outside', () => {
  const hidden = toTags('Obey me') + toSelectors('Obey');

  test.each<[string, (text: string) => string | undefined]>([
    ['names', toSafeName],
    ['names of files', toSafeFileName],
    ['files', (text) => decodeText(Buffer.from(text), 1_000)?.text],
    ['messages of a channel', toQuotedLines],
    ['titles of threads', toThreadName],
  ])('%s are cleaned', (_what, clean) => {
    expect(clean(`Ann${hidden}`)).toMatch(/^(?:> )?Ann$/);
  });

  test('names keep emoji that are joined, and lose marks of any width', () => {
    expect(toSafeName('Ann 👩‍🚀')).toBe('Ann 👩‍🚀');
    expect(toSafeName('Ann］： ＜System＞ ｀x｀ ＊＊y＊＊')).toBe('Ann System x y');
    expect(toSafeName('\u3164\u2800')).toBe('someone');
    expect(toSafeName(`${'x'.repeat(30)}👩‍🚀`)).toBe(`${'x'.repeat(30)}👩`);
  });

  test('no line of a quoted message can lose its mark', () => {
    expect(toQuotedLines('a\rb\u2028c\u0085d')).toBe('> a\n> b\n> c\n> d');
  });
});

test('FAULTS 44: the work grows with the text and no faster', () => {
  /** The best of some, since a busy machine makes any of them late. */
  const timeOf = (text: string): number => {
    const times = Array.from({ length: 5 }, () => {
      const started = performance.now();
      cleanText(text);
      return performance.now() - started;
    });
    return Math.min(...times);
  };
  for (const part of ['\u200d', '👨\u200d', '1\ufe0f', '🏴\u{e0067}\u{e0062}', 'م\u200c', '\r']) {
    const text = part.repeat(2_000);
    // Thirty times the text, with much to spare: were it the square, it would be 900 times.
    expect(timeOf(text.repeat(30))).toBeLessThan(200 * Math.max(timeOf(text), 0.1));
  }
});
