import { openStorage } from '../../src/storage/open-storage.ts';

/** Run as a process of its own: stores `key0`, `key1` … and prints each number when it is acknowledged. */
const [url = '', count = '0'] = process.argv.slice(2);
const storage = await openStorage({ url });
const store = storage.namespace('things');
let next = 0;

async function write(): Promise<void> {
  while (next < Number(count)) {
    const number = next++;
    await store.set(`key${number}`, number);
    process.stdout.write(`${number}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, write));
// Not closed: an idle store must not keep the process alive.
