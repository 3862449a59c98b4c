import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createConversationMemory } from '../../src/memory/conversation-memory.ts';
import { createFactMemory } from '../../src/memory/fact-memory.ts';
import { openStorage } from '../../src/storage/open-storage.ts';
import type { KeyValueStore } from '../../src/storage/ports.ts';
import { testConversationMemory } from '../contracts/conversation-memory.contract.ts';
import { testFactMemory } from '../contracts/fact-memory.contract.ts';

const directory = await mkdtemp(join(tmpdir(), 'switchboard-'));
afterAll(() => rm(directory, { recursive: true, force: true }));

const log = { warn: () => undefined };
const stores = [
  ['memory', 'memory://'],
  ['SQLite', `sqlite://${directory}`],
] as const;

for (const [name, url] of stores) {
  const openFor = (kind: string) => () => openStorage({ url: name === 'memory' ? url : `${url}/${kind}.db` });
  testConversationMemory(name, {
    open: openFor('conversations'),
    create: (store: KeyValueStore) => createConversationMemory({ store, log }),
  });
  testFactMemory(name, { open: openFor('facts'), create: (store) => createFactMemory({ store }) });
}
