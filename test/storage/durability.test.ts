import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openStorage } from '../../src/storage/open-storage.ts';
import { temporaryFile } from './temporary-file.ts';

const program = fileURLToPath(new URL('writer-process.ts', import.meta.url));

function startWriter(url: string, count: number) {
  return spawn(process.execPath, [program, url, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

test('FAULTS 27: what was acknowledged survives kill -9', async () => {
  const url = `sqlite://${await temporaryFile()}`;
  const child = startWriter(url, 1_000_000);
  let printed = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    printed += chunk as string;
    if (printed.length > 2_000) child.kill('SIGKILL');
  }
  const acknowledged = printed.slice(0, printed.lastIndexOf('\n')).split('\n').map(Number);
  expect(acknowledged.length).toBeGreaterThan(100);

  const storage = await openStorage({ url });
  const store = storage.namespace('things');
  const read = await Promise.all(acknowledged.map((number) => store.get(`key${number}`)));
  await storage.close();
  expect(read).toEqual(acknowledged);
});

test('FAULTS 27: an open store does not keep the process alive', async () => {
  const child = startWriter(`sqlite://${await temporaryFile()}`, 10);
  child.stdout.resume();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
