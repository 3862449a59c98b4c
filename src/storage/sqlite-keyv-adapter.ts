import { keyvStorageCapability, type KeyvStorageCapability, type KeyvStorageEntry } from 'keyv';
import type { StoredEntry } from './key-value-operations.ts';
import type { StorageAdapter } from './keyv-store.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

const ITERATOR_PAGE_ENTRIES = 100;

/**
 * Keyv's view of the table of entries. Holds no resource of its own: many adapters share a database, which whoever
 * opened it closes.
 */
export class SqliteKeyvAdapter implements StorageAdapter {
  namespace: string | undefined;
  readonly #database: Pick<SqliteDatabase, 'run'>;

  constructor(database: Pick<SqliteDatabase, 'run'>) {
    this.#database = database;
  }

  /** Tells Keyv that `set` takes an absolute expiry, and so not to wrap this in an adapter of its own. */
  get capabilities(): KeyvStorageCapability {
    return keyvStorageCapability(this);
  }

  async get(key: string): Promise<string | undefined> {
    const [value] = await this.getMany([key]);
    return value;
  }

  async getMany(keys: string[]): Promise<(string | undefined)[]> {
    const values = await this.#database.run('kv.get', { namespace: this.#name, keys });
    return values.map((value) => value ?? undefined);
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined;
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return (await this.getMany(keys)).map((value) => value !== undefined);
  }

  /** `value` is text, as Keyv's serialization makes it; `expires` is epoch ms. */
  async set(key: string, value: unknown, expires?: number): Promise<boolean> {
    await this.#setEntries([toStoredEntry(key, value, expires)]);
    return true;
  }

  async setMany(entries: KeyvStorageEntry<unknown>[]): Promise<boolean[]> {
    await this.#setEntries(entries.map(({ key, value, expires }) => toStoredEntry(key, value, expires)));
    return entries.map(() => true);
  }

  async delete(key: string): Promise<boolean> {
    return (await this.deleteMany([key])).includes(true);
  }

  async deleteMany(keys: string[]): Promise<boolean[]> {
    return this.#database.run('kv.delete', { namespace: this.#name, keys });
  }

  async clear(): Promise<void> {
    await this.#database.run('kv.clear', { namespace: this.#name });
  }

  async *iterator<Value>(): AsyncGenerator<(string | Awaited<Value> | undefined)[], void> {
    const namespace = this.#name;
    let after: string | null = null;
    do {
      const page: [string, string][] = await this.#database.run('kv.list', {
        namespace,
        after,
        limit: ITERATOR_PAGE_ENTRIES,
      });
      yield* page;
      after = page.at(-1)?.[0] ?? null;
    } while (after !== null);
  }

  get #name(): string {
    return this.namespace ?? '';
  }

  async #setEntries(entries: readonly StoredEntry[]): Promise<void> {
    await this.#database.run('kv.set', { namespace: this.#name, entries });
  }
}

function toStoredEntry(key: string, value: unknown, expires: number | undefined): StoredEntry {
  if (typeof value !== 'string') throw new TypeError('The SQLite store takes serialized values only');
  return { key, value, expiresAt: expires ?? null };
}
