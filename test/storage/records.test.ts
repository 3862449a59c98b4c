import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { StoreUnavailableError } from '../../src/errors.ts';
import { createConversationMemory } from '../../src/memory/conversation-memory.ts';
import { createFactMemory } from '../../src/memory/fact-memory.ts';
import { createRunStore } from '../../src/runs/run-store.ts';
import { checkStore } from '../../src/store-cli/check-store.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import { recordLog } from '../intake/recorded-log.ts';
import { temporaryFile } from './temporary-file.ts';

/**
 * What version 1 wrote, with nothing in it that came later. These lines never change: a later version of a record
 * adds its own and keeps these, so that whoever updates loses nothing.
 */
const version1 = {
  run:
    '{"version":1,"id":"7","createdAt":1000,"conversationId":"c1","audience":{"kind":"private","userId":"1"},' +
    '"guildId":null,"channelId":"3","requester":{"id":"1","name":"Ann"},"origin":{"kind":"message","messageId":"7"},' +
    '"prompt":{"text":"Roll.","quotes":[],"attachments":[]},"model":null,"replaces":null}',
  step:
    '{"reply":{"text":"I roll.","toolCalls":[{"id":"a","name":"roll_dice","arguments":"{}"}],' +
    '"finishReason":"tool-calls","model":"m"},"results":[{"toolCallId":"a","name":"roll_dice","content":"4",' +
    '"isError":false,"durationMs":1}]}',
  receipt: '["900"]',
  ending:
    '{"outcome":{"kind":"answered","text":"A 4."},"turn":{"runId":"7","at":1000,"messages":' +
    '[{"role":"user","content":"Roll."},{"role":"assistant","content":"A 4."}],"messageIds":["7"]}}',
  conversation:
    '{"version":1,"conversationId":"c1","turns":[{"runId":"7","at":1000,"messages":[{"role":"user","content":"Hi"}],' +
    '"messageIds":["7"]}],"resetAt":null,"removedRuns":[]}',
  facts:
    '{"version":1,"userId":"1","facts":[{"id":"f","text":"has a cat","audience":{"kind":"private","userId":"1"},' +
    '"at":1000}]}',
};
const answer = `{"run":${version1.run},"messageIds":["900"]}`;

/** A store of this schema that holds these records. */
async function write(records: typeof version1 & { answer: string }): Promise<string> {
  const path = await temporaryFile();
  await (await openStorage({ url: `sqlite://${path}` })).close();
  using database = new DatabaseSync(path);
  const { run, receipt, ending, step } = records;
  database
    .prepare('INSERT INTO runs (id, created_at, record, receipt, ending) VALUES (?, ?, ?, ?, ?)')
    .run('7', 1000, run, receipt, ending);
  database.prepare('INSERT INTO run_steps VALUES (?, 0, ?)').run('7', step);
  const entry = database.prepare('INSERT INTO entries VALUES (?, ?, ?, NULL)');
  entry.run('conversations', 'c1', `{"value":${records.conversation}}`);
  entry.run('facts', 'user/1', `{"value":${records.facts}}`);
  entry.run('answers', '7', `{"value":${records.answer}}`);
  return path;
}

describe('records of version 1', () => {
  test('are read whole: runs with their steps, receipts and endings, conversations, facts, answers', async () => {
    const path = await write({ ...version1, answer });
    expect(checkStore(path)).toMatchObject({ unreadable: [], damage: [], runs: 1 });
    const storage = await openStorage({ url: `sqlite://${path}` });
    const { log } = recordLog();
    expect(await createRunStore({ table: storage.runs, log: pino({ level: 'silent' }) }).list()).toEqual([
      {
        run: JSON.parse(version1.run) as unknown,
        steps: [JSON.parse(version1.step) as unknown],
        messageIds: ['900'],
        ending: JSON.parse(version1.ending) as unknown,
        isDelivered: false,
        attempts: 0,
      },
    ]);
    const conversations = createConversationMemory({ store: storage.namespace('conversations'), log });
    expect(await conversations.load('c1')).toHaveLength(1);
    expect(await createFactMemory({ store: storage.namespace('facts') }).list('1')).toHaveLength(1);
    await storage.close();
  });
});

describe('records of a later version', () => {
  const later = (record: string): string => record.replaceAll('"version":1', '"version":2,"news":true');
  const newer = {
    ...version1,
    run: later(version1.run),
    facts: later(version1.facts),
    answer: later(answer),
  };
  newer.conversation = later(version1.conversation);

  test('are named with what to do, and stay as they are but for runs, which end', async () => {
    const path = await write(newer);
    const { unreadable } = checkStore(path);
    expect(unreadable.map(({ record }) => record).toSorted()).toEqual([
      'answers/7',
      'conversations/c1',
      'facts/user/1',
      'runs/7',
    ]);
    for (const { reason } of unreadable) {
      expect(reason).toMatch(
        /newer version of Switchboard \(version 2; this one knows 1\)\. Update Switchboard/,
      );
    }
    const storage = await openStorage({ url: `sqlite://${path}` });
    const { log, lines } = recordLog();
    // A question cannot wait for an update: its person is told that it is lost.
    expect(await createRunStore({ table: storage.runs, log }).list()).toMatchObject([
      { run: { id: '7', channelId: '3', requester: { id: '1' } }, ending: { outcome: { text: 'A 4.' } } },
    ]);
    expect(lines).toMatchObject([{ level: 'error', runId: '7', err: { code: 'record-too-new' } }]);
    const conversations = createConversationMemory({
      store: storage.namespace('conversations'),
      log,
      retry: { maxAttempts: 1 },
    });
    await expect(conversations.load('c1')).rejects.toThrow(StoreUnavailableError);
    const turn = { runId: '8', at: 1, messages: [], messageIds: [] };
    await expect(conversations.append('c1', turn)).rejects.toThrow(StoreUnavailableError);
    const facts = createFactMemory({ store: storage.namespace('facts') });
    const fact = { text: 'new', audience: { kind: 'private', userId: '1' } } as const;
    await expect(facts.remember('1', fact)).rejects.toThrow(StoreUnavailableError);
    await storage.close();
    using database = new DatabaseSync(path, { readOnly: true });
    const left = database.prepare('SELECT value FROM entries ORDER BY namespace').all();
    expect(left.map(({ value }) => value)).toEqual(
      [newer.answer, newer.conversation, newer.facts].map((record) => `{"value":${record}}`),
    );
  });
});
