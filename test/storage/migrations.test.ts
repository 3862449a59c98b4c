import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createConversationMemory } from '../../src/memory/conversation-memory.ts';
import { createFactMemory } from '../../src/memory/fact-memory.ts';
import { MIGRATIONS, SCHEMA_VERSION } from '../../src/storage/sqlite-schema.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { temporaryFile } from './temporary-file.ts';

/** A file as an earlier version left it. */
function writeFile(path: string, version: number, sql = ''): void {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL; ${MIGRATIONS.slice(0, version).join('')}
    PRAGMA user_version = ${String(version)}; ${sql}`);
  database.close();
}

function readSchema(path: string) {
  const database = new DatabaseSync(path, { readOnly: true });
  const version = database.prepare('PRAGMA user_version').get()?.['user_version'];
  const objects = database.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY name').all();
  database.close();
  return { version, objects };
}

async function openAndClose(path: string): Promise<void> {
  const storage = await openStorage({ url: `sqlite://${path}` });
  await storage.ping();
  await storage.close();
}

const earlierVersions = Array.from({ length: SCHEMA_VERSION }, (_, version) => version);

test.each(earlierVersions)('a file of version %i becomes what a new one is', async (version) => {
  const fresh = await temporaryFile();
  await openAndClose(fresh);
  const old = await temporaryFile();
  writeFile(old, version);
  await openAndClose(old);
  expect(readSchema(old)).toEqual(readSchema(fresh));
  expect(readSchema(old).version).toBe(SCHEMA_VERSION);
});

test('a file of version 1 keeps what people said and asked to be remembered', async () => {
  const path = await temporaryFile();
  const conversation = {
    version: 1,
    conversationId: 'c1',
    turns: [
      {
        runId: '7',
        at: 1_000,
        messages: [
          { role: 'user', content: 'What is my cat called?' },
          { role: 'assistant', content: 'Miau.', toolCalls: [] },
        ],
        messageIds: ['7'],
      },
    ],
    resetAt: null,
    removedRuns: [],
  };
  const fact = { id: 'f', text: 'has a cat', audience: { kind: 'private', userId: '1' }, at: 1_000 };
  const facts = { version: 1, userId: '1', facts: [fact] };
  const insert = (namespace: string, key: string, value: unknown): string =>
    `INSERT INTO entries VALUES ('${namespace}', '${key}', '${JSON.stringify({ value })}', NULL);`;
  writeFile(path, 1, insert('conversations', 'c1', conversation) + insert('facts', 'user/1', facts));

  const storage = await openStorage({ url: `sqlite://${path}` });
  const log = pino({ level: 'silent' });
  const memory = createConversationMemory({ store: storage.namespace('conversations'), log });
  expect(await memory.load('c1')).toEqual(conversation.turns);
  expect(await createFactMemory({ store: storage.namespace('facts') }).list('1')).toEqual([fact]);
  // What came with the later version works on it.
  const run = { id: '9', cursors: [['3', '9']] as const, createdAt: 1, record: '{}', isAgain: false };
  expect(await storage.runs.admit(run)).toBe(true);
  expect(await storage.runs.admit(run)).toBe(false);
  await storage.close();
});

test('a step that fails leaves the file at the version that it had', async () => {
  const path = await temporaryFile();
  writeFile(path, 1, 'CREATE TABLE run_claims (taken TEXT);');
  const before = readSchema(path);
  await expect(openStorage({ url: `sqlite://${path}` })).rejects.toMatchObject({ code: 'store-unavailable' });
  expect(readSchema(path)).toEqual(before);
});
