const SEPARATOR = '/';
const ESCAPE = '~';
const EMPTY_PART = `${ESCAPE}e`;

/** What would be ambiguous, or is not kept as it is by every store: NUL and halves of surrogate pairs. */
const UNSAFE = /[~/\0\p{Surrogate}]/gu;

/**
 * One key out of parts, so that the owner is part of the key. Two different lists never give the same key, and
 * `encodeKey(a) + '/'` begins exactly the keys of the lists that go on after `a`. Throws RangeError on no parts.
 */
export function encodeKey(parts: readonly string[]): string {
  if (parts.length === 0) throw new RangeError('A key needs at least one part');
  return parts.map(encodePart).join(SEPARATOR);
}

/** The parts that `encodeKey` was given. Throws RangeError on anything that it does not produce. */
export function decodeKey(key: string): string[] {
  const parts = key.split(SEPARATOR).map(decodePart);
  if (encodeKey(parts) !== key) throw new RangeError(`Not a key: ${JSON.stringify(key)}`);
  return parts;
}

/** Most parts are ids. */
const SAFE = /^[\w.:-]+$/;

function encodePart(part: string): string {
  if (SAFE.test(part)) return part;
  return part === '' ? EMPTY_PART : part.replace(UNSAFE, escapeUnit);
}

function escapeUnit(unit: string): string {
  return ESCAPE + unit.charCodeAt(0).toString(16).padStart(4, '0');
}

function decodePart(part: string): string {
  if (part === EMPTY_PART) return '';
  return part.replace(/~([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
