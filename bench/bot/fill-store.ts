import { encodeKey } from '../../src/storage/key-codec.ts';
import { openDatabaseFile } from '../../src/storage/sqlite-schema.ts';
import type { ConversationRecord } from '../../src/memory/conversation-record.ts';

export interface StoreContents {
  readonly conversations: number;
  readonly turnsEach: number;
  /** Of conversation number 0 and up; by default ids of people as Discord makes them. */
  readonly toConversationId?: (index: number) => string;
}

const DISCORD_EPOCH_MS = 1_420_070_400_000n;
const DAY_MS = 86_400_000;
const ANSWER = 'It depends on the weather, but a train every hour takes you there and back again. '.repeat(4);

/** Direct messages of as many people, each with what a bot keeps of them: turns, a claim, a cursor. */
export function fillStore(path: string, { conversations, turnsEach, ...options }: StoreContents): void {
  const database = openDatabaseFile(path, 1_000, console.warn);
  const entry = database.prepare(
    'INSERT INTO entries (namespace, key, value, expires_at) VALUES (?, ?, ?, NULL)',
  );
  const claim = database.prepare('INSERT INTO run_claims (id, claimed_at) VALUES (?, ?)');
  const cursor = database.prepare('INSERT INTO cursors (channel_id, message_id) VALUES (?, ?)');
  const since = Date.now() - 3 * DAY_MS;
  const toPersonId = (index: number): string => toSnowflake(since - DAY_MS, index);
  const { toConversationId = (index: number): string => encodeKey(['dm', toPersonId(index)]) } = options;
  database.exec('BEGIN');
  for (let index = 0; index < conversations; index += 1) {
    const at = since + index;
    const runId = toSnowflake(at, index);
    const conversationId = toConversationId(index);
    const record = toRecord(conversationId, turnsEach, at);
    entry.run('conversations', conversationId, JSON.stringify({ value: record }));
    claim.run(runId, at);
    cursor.run(toSnowflake(since - 2 * DAY_MS, index), runId);
  }
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE);');
  database.close();
}

export function toRecord(conversationId: string, turns: number, at: number): ConversationRecord {
  return {
    version: 1,
    conversationId,
    turns: Array.from({ length: turns }, (_, index) => ({
      runId: toSnowflake(at, index),
      at: at + index,
      messages: [
        { role: 'user', content: `Question ${String(index)}: how do I get to the sea from here?` },
        { role: 'assistant', content: ANSWER, toolCalls: [] },
      ],
      messageIds: [toSnowflake(at, index)],
    })),
    resetAt: null,
    removedRuns: [],
  };
}

/** As Discord makes ids: the time, and what tells those of one moment apart. */
export function toSnowflake(atMs: number, count: number): string {
  return String(((BigInt(atMs) - DISCORD_EPOCH_MS) << 22n) + BigInt(count % 4_194_304));
}
