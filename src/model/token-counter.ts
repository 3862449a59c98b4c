import { LRUCache } from 'lru-cache';

/** Counts the tokens of a short text. */
export type CountTokens = (text: string) => number;

export interface TokenCounterOptions {
  /** Loads the tokenizer; by default gpt-tokenizer's o200k_base, which takes a moment and some 60 MB. */
  readonly load?: () => Promise<CountTokens>;
  /** Told when the tokenizer could not be loaded; estimates from the length are used then. */
  readonly onLoadError?: (error: unknown) => void;
}

export interface TokenCounter {
  /** Estimated tokens of a text; at most MAX_TOKENS_PER_CHARACTER × its length. */
  count(text: string): number;
  /** The same before calibration. */
  countRaw(text: string): number;
  /** Learns from a request: what `countRaw` gave for it, and what the server counted. */
  calibrate(rawTokens: number, countedTokens: number): void;
  /** Until the tokenizer is loaded, estimates are made from the length. */
  isLoaded(): boolean;
  /** Loads the tokenizer now rather than at the first count. Never rejects. */
  load(): Promise<void>;
}

/** A tokenizer's work can grow with the square of a piece without spaces, so no piece is longer than this. */
const MAX_PIECE_LENGTH = 512;
const MIN_RATIO = 0.5;
const MAX_RATIO = 2;
const SMOOTHING = 0.2;
/** No byte is more than a token, and no UTF-16 unit more than three bytes. */
export const MAX_TOKENS_PER_CHARACTER = 3 * MAX_RATIO;
/** Shorter texts are counted about as quickly as they are looked up. */
const MIN_CACHED_LENGTH = 64;
const MAX_CACHED_LENGTH = 50_000;
const CACHE_LENGTH = 1_000_000;

/** Counts tokens in time linear in the text, whatever the text is. */
export function createTokenCounter(options: TokenCounterOptions = {}): TokenCounter {
  const counts = new LRUCache<string, number>({
    maxSize: CACHE_LENGTH,
    sizeCalculation: (_, text) => text.length,
  });
  let tokenizer: CountTokens | undefined;
  let loading: Promise<void> | undefined;
  let ratio = 1;

  const load = async (): Promise<void> => {
    try {
      tokenizer = await (options.load ?? loadTokenizer)();
    } catch (error) {
      options.onLoadError?.(error);
    }
  };

  const countRaw = (text: string): number => {
    if (text === '') return 0;
    if (tokenizer === undefined) {
      loading ??= load();
      return estimateFromLength(text);
    }
    if (text.length < MIN_CACHED_LENGTH || text.length > MAX_CACHED_LENGTH)
      return countPieces(text, tokenizer);
    let count = counts.get(text);
    if (count === undefined) {
      count = countPieces(text, tokenizer);
      counts.set(text, count);
    }
    return count;
  };

  return {
    countRaw,
    count: (text) => Math.round(countRaw(text) * ratio),
    calibrate(rawTokens, countedTokens) {
      if (rawTokens < 1 || countedTokens < 1) return;
      const observed = Math.min(MAX_RATIO, Math.max(MIN_RATIO, countedTokens / rawTokens));
      ratio += SMOOTHING * (observed - ratio);
    },
    isLoaded: () => tokenizer !== undefined,
    load: () => (loading ??= load()),
  };
}

/** About four letters a token in English, one ideograph or a third of an emoji elsewhere: a third of the bytes. */
function estimateFromLength(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3);
}

function countPieces(text: string, tokenizer: CountTokens): number {
  if (text.length <= MAX_PIECE_LENGTH) return tokenizer(text);
  let count = 0;
  for (let start = 0; start < text.length;) {
    let end = Math.min(text.length, start + MAX_PIECE_LENGTH);
    // Never between the halves of a surrogate pair.
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end -= 1;
    count += tokenizer(text.slice(start, end));
    start = end;
  }
  return count;
}

async function loadTokenizer(): Promise<CountTokens> {
  const { countTokens, setMergeCacheSize } = await import('gpt-tokenizer/encoding/o200k_base');
  setMergeCacheSize(10_000);
  // Words such as <|endoftext|> are plain text in a person's message, not an error.
  const encodeOptions = { disallowedSpecial: new Set<string>() };
  return (text) => countTokens(text, encodeOptions);
}
