import { parentPort, type MessagePort } from 'node:worker_threads';
import { countTokens, setMergeCacheSize } from 'gpt-tokenizer/encoding/o200k_base';

/** Texts to count, and the number that goes with the answer. */
export interface CountTask {
  readonly id: number;
  readonly texts: readonly string[];
}

export interface CountResult {
  readonly id: number;
  readonly counts: readonly number[];
}

/** A tokenizer's work can grow with the square of a piece without spaces, so no piece is longer than this. */
const MAX_PIECE_LENGTH = 512;
const MERGE_CACHE_SIZE = 10_000;
/** Words such as <|endoftext|> are plain text in a person's message, not an error. */
const ENCODE_OPTIONS = { disallowedSpecial: new Set<string>() };

if (!parentPort) throw new Error('token-worker.ts runs only as a worker thread');
serve(parentPort);

function serve(port: MessagePort): void {
  setMergeCacheSize(MERGE_CACHE_SIZE);
  port.on('message', ({ id, texts }: CountTask) => {
    const result: CountResult = { id, counts: texts.map(countPieces) };
    port.postMessage(result);
  });
}

function countPieces(text: string): number {
  let count = 0;
  for (let start = 0; start < text.length;) {
    let end = Math.min(text.length, start + MAX_PIECE_LENGTH);
    // Never between the halves of a surrogate pair.
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end -= 1;
    count += countTokens(text.slice(start, end), ENCODE_OPTIONS);
    start = end;
  }
  return count;
}
