import { parseRecord } from '../memory/conversation-record.ts';
import { parseFacts } from '../memory/fact-memory.ts';
import { parseAnswer } from '../runs/answers.ts';
import { parseStoredRun } from '../runs/stored-run.ts';
import type { RecordReaders } from '../storage/check-store.ts';
import { decodeKey } from '../storage/key-codec.ts';

/** How the bot reads what it keeps. Namespaces as in src/app.ts; what has a default for everything is left out. */
export const recordReaders: RecordReaders = {
  run: parseStoredRun,
  entries: new Map<string, (key: string, value: unknown) => unknown>([
    ['conversations', parseRecord],
    ['facts', (key, value) => parseFacts(decodeKey(key)[1] ?? '', value)],
    ['answers', (_key, value) => parseAnswer(value)],
  ]),
};
