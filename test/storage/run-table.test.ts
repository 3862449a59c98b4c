import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openStorage } from '../../src/storage/open-storage.ts';
import { testRunTable } from '../contracts/run-table.contract.ts';

const directory = await mkdtemp(join(tmpdir(), 'switchboard-'));
afterAll(() => rm(directory, { recursive: true, force: true }));

testRunTable('memory', () => openStorage({ url: 'memory://' }));
testRunTable('SQLite', () => openStorage({ url: `sqlite://${directory}/store.db` }));
