/** Kinds of characters that tokenizers treat alike. The first few have rules of their own, the others a weight. */
const LOWER = 0;
const UPPER = 1;
const DIGIT = 2;
const SPACE = 3;
const LINE = 4;
const PUNCTUATION = 5;
/** Letters with accents: they stand in the middle of words. */
const ACCENTED = 6;
const FIRST_WEIGHTED = 6;

/**
 * The weighted kinds: from which UTF-16 unit each begins, and tokens for each unit, as o200k_base makes of ordinary
 * text. Scripts that it has few words of come close to a token for each byte.
 */
const SCRIPTS: readonly (readonly [from: number, weight: number])[] = [
  [0x80, 0.8], // Latin with accents
  [0x180, 1.6], // rare Latin, phonetic signs, combining marks
  [0x370, 0.42], // Greek
  [0x400, 0.42], // Cyrillic of single languages, capitals
  [0x410, 0.27], // Cyrillic
  [0x450, 0.42],
  [0x460, 1.5],
  [0x590, 0.37], // Hebrew, Arabic
  [0x6f0, 1.8],
  [0x900, 0.48], // Indic scripts, Thai
  [0xe80, 2.2],
  [0x1e00, 0.7], // Vietnamese
  [0x1f00, 1.1], // typographic signs, arrows, box drawing
  [0x3000, 0.7], // Japanese syllables
  [0x3100, 1.8],
  [0x4e00, 0.78], // ideographs
  [0xa000, 1.8],
  [0xac00, 0.7], // Korean
  [0xd7b0, 1.1], // surrogates: emoji, two units each
  [0xe000, 1.8],
];
const CONTROL_WEIGHT = 1;
const WEIGHTS: readonly number[] = [...SCRIPTS.map(([, weight]) => weight), CONTROL_WEIGHT];
/** Where the script changes, as between two words. */
const SCRIPT_START = 0.15;

const ASCII_KINDS = createAsciiKinds();
/** One entry for 16 units: every boundary above is a multiple of that. */
const BLOCK_KINDS = createBlockKinds();

/**
 * About how many tokens a text has, from the kinds of its characters and how often they change. Within 10 % for
 * most prose and code, too high rather than too low for the rest; only random characters of large scripts have more
 * than that. Linear in the text, and quick enough for every model call.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  let before = LINE;
  let lengthBefore = 0;
  for (let start = 0; start < text.length;) {
    const kind = toKind(text.charCodeAt(start));
    let end = start + 1;
    while (end < text.length && toKind(text.charCodeAt(end)) === kind) end += 1;
    tokens += toTokens(kind, end - start, before, lengthBefore);
    before = kind;
    lengthBefore = end - start;
    start = end;
  }
  return tokens;
}

/** Tokens of a run of characters of one kind, after another run. */
function toTokens(kind: number, length: number, before: number, lengthBefore: number): number {
  switch (kind) {
    case LOWER: {
      const isCapitalised = before === UPPER && lengthBefore === 1;
      const start = isCapitalised || before === ACCENTED ? 0 : 0.95;
      // Words of up to six letters are one token mostly; what is longer than any word is noise.
      const long = Math.min(5, Math.max(0, length - 6));
      return start + 0.02 * Math.min(5, length - 1) + 0.17 * long + 0.45 * Math.max(0, length - 11);
    }
    case UPPER:
      return 0.45 + 0.5 * length;
    case DIGIT:
      // Three to a token, and never one with what stands before.
      return Math.ceil(length / 3) + (before === SPACE ? 0.7 : before === PUNCTUATION ? 0.2 : 0);
    case SPACE:
      // One belongs to the word that follows.
      return length === 1 ? 0 : 0.8 + 0.02 * length;
    case LINE:
      return 0.3 + 0.2 * length;
    case PUNCTUATION:
      return length === 1 ? 0.65 : 0.65 * length - 0.25;
    case ACCENTED:
      return length * (WEIGHTS[0] ?? 1);
    default:
      return SCRIPT_START + length * (WEIGHTS[kind - FIRST_WEIGHTED] ?? 1);
  }
}

function toKind(unit: number): number {
  return (unit < 0x80 ? ASCII_KINDS[unit] : BLOCK_KINDS[unit >> 4]) ?? ACCENTED;
}

function createAsciiKinds(): Uint8Array {
  const control = FIRST_WEIGHTED + WEIGHTS.length - 1;
  return Uint8Array.from({ length: 0x80 }, (_, unit) => {
    const character = String.fromCharCode(unit);
    if (/[a-z]/.test(character)) return LOWER;
    if (/[A-Z]/.test(character)) return UPPER;
    if (/\d/.test(character)) return DIGIT;
    if (character === ' ') return SPACE;
    if (/[\t\n\r]/.test(character)) return LINE;
    return unit < 0x20 || unit === 0x7f ? control : PUNCTUATION;
  });
}

function createBlockKinds(): Uint8Array {
  const kinds = new Uint8Array(0x1000);
  for (const [index, [from]] of SCRIPTS.entries()) kinds.fill(FIRST_WEIGHTED + index, from >> 4);
  return kinds;
}
