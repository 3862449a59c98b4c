import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeKey, encodeKey } from '../../src/storage/key-codec.ts';

/** Any strings, with more than their share of what could be confused. */
const part = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('~', '/', 'e', '0', '7', '\0', '\uD83D', '\uDE00', 'a'), { maxLength: 6 })
    .map((units) => units.join('')),
);
const parts = fc.array(part, { minLength: 1, maxLength: 4 });

test('gives back the parts of every key', () => {
  fc.assert(
    fc.property(parts, (list) => {
      expect(decodeKey(encodeKey(list))).toEqual(list);
    }),
  );
});

test('a key with a separator begins the keys of the lists that go on, and no other', () => {
  fc.assert(
    fc.property(parts, parts, (short, long) => {
      const goesOn = long.length > short.length && short.every((value, index) => value === long[index]);
      expect(encodeKey(long).startsWith(`${encodeKey(short)}/`)).toBe(goesOn);
      expect(encodeKey([...short, ...long]).startsWith(`${encodeKey(short)}/`)).toBe(true);
    }),
  );
});

test('keys are never empty and survive a store that keeps well-formed text only', () => {
  fc.assert(
    fc.property(parts, (list) => {
      const key = encodeKey(list);
      expect(key).not.toBe('');
      expect(key.isWellFormed()).toBe(true);
      expect(key).not.toContain('\0');
    }),
  );
});

test('refuses no parts, and keys that it did not make', () => {
  expect(() => encodeKey([])).toThrow(RangeError);
  for (const key of ['', 'a//b', '~', '~0041', '~zz', 'a~', '\0'])
    expect(() => decodeKey(key)).toThrow(RangeError);
});
