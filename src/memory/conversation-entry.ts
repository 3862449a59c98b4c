import { StoreUnavailableError, UnreadableRecordError } from '../errors.ts';
import { sleep, untilAborted } from '../lib/abort.ts';
import { toBackoffMs } from '../lib/backoff.ts';
import type { Log } from '../observability/log.ts';
import type { KeyValueStore } from '../storage/ports.ts';
import {
  createEmptyRecord,
  isSameState,
  parseRecord,
  type ConversationRecord,
} from './conversation-record.ts';

/** How long a record without turns is kept: it only bars what was reset or removed from coming back. */
const EMPTY_RECORD_TTL_MS = 30 * 24 * 3_600_000;
/** Tries that are left to a write once the process is stopping. */
const MAX_HURRIED_ATTEMPTS = 2;

const HURRIED = new Error('No more pauses');

export interface RetryPolicy {
  readonly maxAttempts: number;
  /** Before the second attempt; doubled before each further one, with jitter. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

export interface ConversationEntryOptions {
  readonly conversationId: string;
  /** The record where it is known already. */
  readonly record: ConversationRecord | undefined;
  readonly store: KeyValueStore;
  readonly log: Pick<Log, 'warn'>;
  readonly retry: RetryPolicy;
  /** Called whenever nothing is being read or written any more. */
  readonly onIdle: (entry: ConversationEntry) => void;
}

type Change = (record: ConversationRecord) => ConversationRecord;

/**
 * The one reader and writer of a conversation in this process. Changes apply at once in memory, in the order in
 * which they were made, and are written behind: however many come while a write is under way, the next one holds
 * them all. Nothing is written before the record was read, except by `reset`, which needs nothing of it.
 *
 * Another process may have the store open for a while, as when a new one starts before the old one has ended: so a
 * write first looks whether the record is still the one that is known, and else makes its changes to the new one.
 */
export class ConversationEntry {
  readonly #options: ConversationEntryOptions;
  /** What the store held when it was last read or written; undefined: to be read, or replaced whatever it holds. */
  #stored: ConversationRecord | undefined;
  /** Made since, oldest first. */
  #changes: Change[] = [];
  /** What was stored with the changes made to it; undefined until it was read. */
  #record: ConversationRecord | undefined;
  /** Whether the record differs from what was last written, as far as that is known. */
  #isChanged = false;
  /** The store was read and nothing written since. */
  #isFresh = false;
  /** Callers whose changes are not durable yet, oldest first. */
  #waiting: PromiseWithResolvers<void>[] = [];
  #reading: Promise<void> | undefined;
  #writing: Promise<void> | undefined;
  /** Grows when what a read or write under way will find is out of date. */
  #generation = 0;
  #attemptsLeft = 0;
  /** Without pauses before further attempts. */
  #isHurried = false;
  /** Ends the pause before the next attempt. */
  #hurry: AbortController | undefined;

  constructor(options: ConversationEntryOptions) {
    this.#options = options;
    this.#record = options.record;
    this.#stored = options.record;
  }

  get conversationId(): string {
    return this.#options.conversationId;
  }

  get record(): ConversationRecord | undefined {
    return this.#record;
  }

  get isIdle(): boolean {
    return this.#reading === undefined && this.#writing === undefined;
  }

  /** The record with all changes made so far. Throws StoreUnavailableError. */
  async load(signal?: AbortSignal): Promise<ConversationRecord> {
    return this.#record ?? (await untilAborted(this.#readRecord(), signal));
  }

  /** Resolves when the change is durable; rejects with StoreUnavailableError when writing was given up. */
  change(change: Change): Promise<void> {
    this.#changes.push(change);
    if (this.#record) this.#apply(this.#record, [change]);
    return this.#written();
  }

  /** Replaces whatever the record holds, read or not, by nothing. Resolves and rejects as `change`. */
  reset(at: number): Promise<void> {
    const resetAt = Math.max(at, this.#record?.resetAt ?? at);
    this.#forget();
    this.#record = createEmptyRecord(this.conversationId, resetAt);
    this.#isChanged = true;
    return this.#written();
  }

  /** Writes what waits without further pauses. Resolves when it is written or given up. */
  async flush(): Promise<void> {
    this.#attemptsLeft = Math.min(this.#attemptsLeft, MAX_HURRIED_ATTEMPTS);
    this.#isHurried = true;
    this.#hurry?.abort(HURRIED);
    await this.#writing;
  }

  async #readRecord(): Promise<ConversationRecord> {
    while (!this.#record) await (this.#reading ??= this.#read(this.#generation));
    return this.#record;
  }

  async #read(generation: number): Promise<void> {
    try {
      const stored = await this.#readStored();
      if (generation !== this.#generation) return;
      this.#adopt(stored);
      this.#isFresh = true;
    } finally {
      if (generation === this.#generation) this.#reading = undefined;
      this.#options.onIdle(this);
    }
  }

  async #readStored(): Promise<ConversationRecord> {
    const { store, conversationId } = this.#options;
    const stored = await store.get(conversationId);
    try {
      return parseRecord(conversationId, stored);
    } catch (error) {
      throw new UnreadableRecordError('the record of a conversation is not readable', error);
    }
  }

  #adopt(stored: ConversationRecord): void {
    this.#stored = stored;
    this.#apply(stored, this.#changes);
  }

  #apply(record: ConversationRecord, changes: readonly Change[]): void {
    this.#record = changes.reduce((changed, change) => change(changed), record);
    this.#isChanged ||= this.#record !== record;
  }

  /** What the store holds is not known any more. */
  #forget(): void {
    this.#generation += 1;
    this.#reading = undefined;
    this.#record = undefined;
    this.#stored = undefined;
    this.#isChanged = false;
    this.#changes = [];
  }

  #written(): Promise<void> {
    const written: PromiseWithResolvers<void> = Promise.withResolvers();
    this.#waiting.push(written);
    this.#writing ??= this.#write();
    return written.promise;
  }

  /** Writes until nothing waits. Never rejects. */
  async #write(): Promise<void> {
    const { retry, onIdle } = this.#options;
    this.#isHurried = false;
    this.#attemptsLeft = retry.maxAttempts;
    let failures = 0;
    while (this.#waiting.length > 0) {
      try {
        await this.#writeOnce();
        failures = 0;
        this.#attemptsLeft = retry.maxAttempts;
      } catch (error) {
        failures += 1;
        this.#attemptsLeft -= 1;
        const isHopeless = error instanceof UnreadableRecordError;
        if (isHopeless || this.#attemptsLeft <= 0) this.#giveUp(error);
        else await this.#pause(failures);
      }
    }
    this.#writing = undefined;
    onIdle(this);
  }

  async #writeOnce(): Promise<void> {
    if (!this.#record) await this.#readRecord();
    else if (this.#isChanged && !this.#isFresh) await this.#adoptForeignChanges();
    // Not as it was before the wait: changes may have come since.
    const record = this.#record;
    const [callers, changes, generation] = [this.#waiting.length, this.#changes.length, this.#generation];
    if (this.#isChanged) {
      this.#isChanged = false;
      this.#isFresh = false;
      try {
        const options = record?.turns.length === 0 ? { ttlMs: EMPTY_RECORD_TTL_MS } : {};
        await this.#options.store.set(this.conversationId, record, options);
      } catch (error) {
        this.#isChanged = true;
        throw error;
      }
    }
    if (generation === this.#generation) {
      this.#changes.splice(0, changes);
      this.#stored = record;
    }
    for (const { resolve } of this.#waiting.splice(0, callers)) resolve();
  }

  /** Takes over what another process wrote since. */
  async #adoptForeignChanges(): Promise<void> {
    const known = this.#stored;
    if (!known) return;
    const generation = this.#generation;
    const stored = await this.#readStored();
    if (generation === this.#generation && !isSameState(stored, known)) this.#adopt(stored);
  }

  async #pause(failures: number): Promise<void> {
    const { minDelayMs: minMs, maxDelayMs: maxMs } = this.#options.retry;
    const delayMs = toBackoffMs(failures, { minMs, maxMs, jitter: 0.5 });
    if (this.#isHurried) return;
    this.#hurry = new AbortController();
    try {
      await sleep(delayMs, this.#hurry.signal);
    } catch {
      // Hurried: the next attempt is made at once.
    }
  }

  #giveUp(error: unknown): void {
    const { log, conversationId } = this.#options;
    const waiting = this.#waiting.splice(0);
    log.warn({ err: error, conversationId, changes: waiting.length }, 'gave up writing a conversation');
    this.#forget();
    const failure =
      error instanceof UnreadableRecordError
        ? error
        : new StoreUnavailableError('write of a conversation', error);
    for (const { reject } of waiting) reject(failure);
  }
}
