import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HarmlessText, toHarmlessText } from '../../../src/discord/markdown/harmless-text.ts';
import { inPieces, pieceSizes } from './pieces.ts';

const zwj = '\u200d';
const family = ['👩', '👩', '👧', '👦'].join(zwj);
const england = `🏴${String.fromCodePoint(0xe0067, 0xe0062, 0xe0065, 0xe006e, 0xe0067, 0xe007f)}`;

describe('links', () => {
  test.each([
    ['see [the docs](https://a.example/x) now', 'see the docs (https://a.example/x) now'],
    ['[https://good.example](https://evil.example)', 'https://good.example (https://evil.example)'],
    ['[good.example](https://good.example/)', 'https://good.example/'],
    ['[a](<https://evil.example>)', 'a (https://evil.example)'],
    ['[a](https://evil.example "a title")', '[a] (https://evil.example "a title")'],
    ['[[a](https://one.example)](https://two.example)', '[a (https://one.example)] (https://two.example)'],
    ['[a [b] c](https://evil.example)', '[a [b] c] (https://evil.example)'],
    ['[Foo](https://a.example/Foo_(bar))', '[Foo] (https://a.example/Foo_(bar))'],
    ['[a\\](https://evil.example)', '[a\\] (https://evil.example)'],
    ['[a\nb](https://evil.example)', '[a\nb] (https://evil.example)'],
    ['[a](\nhttps://evil.example)', '[a] (\nhttps://evil.example)'],
    ['[a]\u200b(https://evil.example)', 'a (https://evil.example)'],
    [
      '[x][(https://evil.example)](https://good.example)',
      '[x] (https://evil.example) (https://good.example)',
    ],
    ['[a](http\\://evil.example)', '[a] (http\\://evil.example)'],
    ['![image](https://evil.example/i.png)', '!image (https://evil.example/i.png)'],
    ['[a][1]\n\n[1]: https://evil.example', '[a][1]\n\n[1]: https://evil.example'],
    ['[a](https://evil.exa', '[a] (https://evil.exa'],
  ])('%j shows where it leads', (text, expected) => {
    expect(toHarmlessText(text)).toBe(expected);
  });

  test.each([
    '```md\n[a](https://a.example) discord.gg/abc\n```',
    '```\nf[0](x) `y` \\` |a|\n```',
    'Call `f[0](x)`, or ``a ` b``.',
    'plain [1] text (with brackets) and https://a.example/x?y=1&z=2#w.',
    '> ```js\n> a[0](b)\n> ```\n> and so on',
  ])('%j stays as it is', (text) => {
    expect(toHarmlessText(text)).toBe(text);
  });

  test.each([
    ['see [docs](https://a.example)```\nx\n```', 'see docs (https://a.example) ```\nx\n```'],
    ['see [docs](https://a.example)!```\nx\n```', 'see docs (https://a.example)! ```\nx\n```'],
    ['[a.example](https://a.example)```\nx\n```', 'https://a.example ```\nx\n```'],
    ['see https://a.example```\nx\n```', 'see https://a.example ```\nx\n```'],
    ['see https://a.example>,```\nx\n```', 'see https://a.example>, ```\nx\n```'],
    ['see https://a.example or```\nx\n```', 'see https://a.example or```\nx\n```'],
  ])('FAULTS 40: no code block begins within an address: %j', (text, expected) => {
    expect(toHarmlessText(text)).toBe(expected);
    const harmless = new HarmlessText();
    const pieces = inPieces(text, [1]).map((piece) => harmless.push(piece));
    expect(pieces.join('') + harmless.end()).toBe(expected);
  });

  test('FAULTS 40: no link is masked, whatever is written around it, unless in a code block', () => {
    const some = fc.constantFrom(
      ...[
        '[',
        ']',
        '(',
        ')',
        '](',
        '[a](https://evil.example)',
        '`',
        '``',
        '```',
        '````',
        '```\n```',
        '\n',
        '> ',
        '**',
      ],
      ...[
        'https://',
        '\\',
        ' ',
        'a',
        '<',
        '>',
        '\u200b',
        '\u202e',
        '](https://evil.example)',
        'discord.gg/abc',
      ],
    );
    fc.assert(
      fc.property(fc.array(some, { maxLength: 30 }), (pieces) => {
        const outside = toHarmlessText(pieces.join(''))
          .split('```')
          .filter((_, index) => index % 2 === 0)
          .join('\n');
        expect(outside.replaceAll(/(`{1,2})[^\n]*?\1/g, '')).not.toMatch(/\]\(/);
        expect(outside).not.toMatch(/\]\(\s*<?https?:/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('code blocks end where Discord sees them end', () => {
  test.each([
    [
      'a backtick that opens nothing',
      'a ` b\n`[x](https://evil.example)`',
      'a \\` b\n`[x] (https://evil.example)`',
    ],
    [
      'three within code of a line',
      '`` ``` ``[a](https://evil.example)',
      ' \\`\\`\\` a (https://evil.example)',
    ],
    ['an empty block', '```\n```\n[a](https://evil.example)', '```\n ```\na (https://evil.example)'],
    [
      'a block of a language alone',
      '```ts\n```[a](https://evil.example)',
      '```ts\n ```a (https://evil.example)',
    ],
    [
      'four backticks',
      '````md\nx\n````\n[a](https://evil.example)',
      '```md\nx\n```\na (https://evil.example)',
    ],
    ['seven backticks', '```````[a](https://evil.example)', '```[a](https://evil.example)'],
    [
      'a quote that ends',
      '> ```\n> a\n[b](https://evil.example)',
      '> ```\n> a\n> ```\nb (https://evil.example)',
    ],
    ['an address before it', 'https://a.example```\nx\n```', 'https://a.example ```\nx\n```'],
    [
      'an address with a backtick',
      'https://a.example` [a](https://evil.example)`',
      'https://a.example` a (https://evil.example)\\`',
    ],
  ])('%s', (_, text, expected) => {
    expect(toHarmlessText(text)).toBe(expected);
  });
});

describe('invitations', () => {
  test.each([
    'discord.gg/abc',
    'https://discord.gg/abc',
    'http://www.discord.gg/abc',
    'HTTPS://DISCORD.GG/abc',
    'discord.com/invite/abc',
    'https://discordapp.com/invite/abc',
    'https://canary.discord.com/invite/abc',
    'https://discord.com/%69nvite/abc',
    'https://discord.com\\invite\\abc',
    'https://name@discord.gg/abc',
    'https://discord.gg./abc',
    'https://ｄiscord.gg/abc',
    'dis\u200bcord.gg/abc',
    'discord.gg\u2060/abc',
    '<https://discord.gg/abc>',
    '[here](https://discord.gg/abc)',
    '[discord.gg/abc](https://discord.gg/abc)',
    '`discord.gg/abc`',
  ])('%j can be read, and not followed', (text) => {
    const shown = toHarmlessText(`Join ${text}, all of you`);
    expect(shown).toMatch(/discord(?:app)?\[\.\](?:gg|com\/invite)[/\\]abc/i);
    expect(shown).not.toMatch(/discord\.gg|discord(?:app)?\.com\/invite/i);
  });

  test.each(['https://discord.com/developers/docs', 'a discord.gg link', 'notdiscord.gg/abc'])(
    '%j is none',
    (text) => {
      expect(toHarmlessText(text)).toBe(text);
    },
  );
});

describe('characters that turn or hide text', () => {
  test.each([
    ['\u202egnp.exe', 'gnp.exe'],
    ['a\u2066b\u2069c\u202dd\u202c', 'abcd'],
    ['```\naccess \u202e\u2066// admin\u2069\n```', '```\naccess // admin\n```'],
    ['pass\u200bword\u2060\ufeff\u00ad\u180e', 'password'],
    [`hi${String.fromCodePoint(0xe0049, 0xe0067)}`, 'hi'],
    ['a\ufe01\u{e0101}\u200d\u200cb', 'ab'],
    ['a\u200eb', 'ab'],
    ['a\ud83d b\ude00', 'a\ufffd b\ufffd'],
  ])('%j is shown as %j', (text, expected) => {
    expect(toHarmlessText(text)).toBe(expected);
  });

  test.each([
    'שלום, עולם!\u200f (abc)',
    'السلام عليكم',
    'می\u200cخواهم',
    'नमस्\u200dते',
    `${family} ❤️ 👍🏽 1️⃣ 🏳️${zwj}🌈 ${england} 🇩🇪`,
    '葛\u{e0100}城',
    'e\u0301 ü 漢字 ไทย',
  ])('%j stays whole', (text) => {
    expect(toHarmlessText(text)).toBe(text);
  });
});

test('it is the same however the text comes in, and what was let through stays', () => {
  const some = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 10 }),
    fc.lorem({ maxCount: 5 }),
    fc.constantFrom(
      ...[
        '[a](https://a.example/b)',
        'https://a.example',
        '`',
        '``',
        '```',
        '\n',
        '> ',
        '\\',
        '[',
        '](',
        '`x` ',
      ],
      ...[
        'discord.gg/abc',
        'discord',
        'http',
        family,
        england,
        '\u202e',
        zwj,
        '\u200f',
        'ש',
        '🏴',
        '`'.repeat(9),
      ],
    ),
  );
  fc.assert(
    fc.property(fc.array(some, { maxLength: 30 }), pieceSizes, (all, sizes) => {
      const text = all.join('');
      const harmless = new HarmlessText();
      const shown = inPieces(text, sizes).map((piece) => harmless.push(piece));
      expect(shown.join('') + harmless.end()).toBe(toHarmlessText(text));
    }),
    { numRuns: 1000 },
  );
});
