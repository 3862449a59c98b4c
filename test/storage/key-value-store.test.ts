import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { testKeyValueStore } from '../contracts/key-value-store.contract.ts';
import { openStorage } from '../../src/storage/open-storage.ts';

const directory = await mkdtemp(join(tmpdir(), 'switchboard-'));
afterAll(() => rm(directory, { recursive: true, force: true }));

testKeyValueStore('memory', () => openStorage({ url: 'memory://' }));
testKeyValueStore('SQLite', () => openStorage({ url: `sqlite://${directory}/store.db` }));
