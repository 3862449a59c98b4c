import { z } from 'zod';
import type { Log } from '../observability/log.ts';
import type { KeyValueStore } from '../storage/ports.ts';

/** How many questions may be put to the model in a day (UTC); 0: as many as come. */
export interface DailyLimits {
  readonly maxPerUser: number;
  readonly max: number;
}

/** Counts what is asked of the model in a day: each question, and each time that one is asked anew. */
export interface DailyQuota {
  /** Why a person's question cannot be taken; undefined where it can. `waiting`: questions that are not counted yet. */
  reason(userId: string, waiting: number): string | undefined;
  /** Counts a question that is put to the model now. Where it is one too many: the reason, and it is not counted. */
  take(userId: string): string | undefined;
  /** Adds what an earlier process counted today. Never rejects: while that cannot be read, it is tried again. */
  load(): Promise<void>;
  /** Writes what is counted. Never rejects. */
  flush(): Promise<void>;
}

export interface DailyQuotaOptions extends DailyLimits {
  readonly store: KeyValueStore;
  readonly log: Pick<Log, 'warn'>;
  /** epoch ms */
  readonly now?: () => number;
  /** How long a count may wait to be written, with those after it, ms (2,000). */
  readonly writeDelayMs?: number;
}

const DAY_MS = 24 * 60 * 60_000;
const KEY = 'today';
/** People counted by themselves; of further ones those who came first are forgotten. */
const MAX_USERS = 50_000;

const recordSchema = z.strictObject({
  version: z.literal(1),
  day: z.number().int(),
  total: z.number().int().nonnegative(),
  users: z.array(z.tuple([z.string(), z.number().int().positive()])),
});

/** Undefined where nothing is limited, so that nothing is counted. */
export function createDailyQuota(options: DailyQuotaOptions): DailyQuota | undefined {
  return options.max > 0 || options.maxPerUser > 0 ? new Quota(options) : undefined;
}

class Quota implements DailyQuota {
  readonly #options: DailyQuotaOptions;
  readonly #now: () => number;
  #day: number;
  #total = 0;
  readonly #users = new Map<string, number>();
  #isLoaded = false;
  #loading: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DailyQuotaOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#day = this.#today();
  }

  reason(userId: string, waiting: number): string | undefined {
    this.#beginDay();
    const { max, maxPerUser } = this.#options;
    if (maxPerUser > 0 && (this.#users.get(userId) ?? 0) >= maxPerUser) {
      const questions = maxPerUser === 1 ? 'one question' : `${maxPerUser} questions`;
      return `You have asked me ${questions} today, and more I may not answer. ${this.#whenAgain()}`;
    }
    if (max > 0 && this.#total + waiting >= max) {
      return `I have been asked as many questions today as I may answer. ${this.#whenAgain()}`;
    }
    return undefined;
  }

  take(userId: string): string | undefined {
    const reason = this.reason(userId, 0);
    if (reason !== undefined) return reason;
    this.#total += 1;
    this.#add(userId, 1);
    this.#writeLater();
    return undefined;
  }

  async load(): Promise<void> {
    if (this.#isLoaded) return;
    await (this.#loading ??= this.#read().finally(() => {
      this.#loading = undefined;
    }));
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.load();
    // What was counted before is not known yet, and must not be overwritten.
    if (!this.#isLoaded) {
      this.#writeLater();
      return;
    }
    const { store, log } = this.#options;
    const record = { version: 1, day: this.#day, total: this.#total, users: [...this.#users] };
    try {
      await store.set(KEY, record, { ttlMs: 2 * DAY_MS });
    } catch (error) {
      log.warn({ err: error }, 'the questions of the day are counted and cannot be written down');
      this.#writeLater();
    }
  }

  async #read(): Promise<void> {
    const { store, log } = this.#options;
    try {
      const stored = await store.get(KEY);
      this.#isLoaded = true;
      if (stored === undefined) return;
      const { day, total, users } = recordSchema.parse(stored);
      this.#beginDay();
      if (day !== this.#day) return;
      this.#total += total;
      for (const [userId, count] of users) this.#add(userId, count);
    } catch (error) {
      log.warn({ err: error }, 'what was asked today before the start cannot be read');
    }
  }

  #add(userId: string, count: number): void {
    if (this.#options.maxPerUser === 0) return;
    const known = this.#users.get(userId) ?? 0;
    // To the end: whoever asked last is forgotten last.
    this.#users.delete(userId);
    this.#users.set(userId, known + count);
    for (const first of this.#users.keys()) {
      if (this.#users.size <= MAX_USERS) break;
      this.#users.delete(first);
    }
  }

  #writeLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch((error: unknown) => {
        this.#options.log.warn({ err: error }, 'the questions of the day could not be written down');
      });
    }, this.#options.writeDelayMs ?? 2_000).unref();
  }

  /** Whichever way the clock went. */
  #beginDay(): void {
    const today = this.#today();
    if (today === this.#day) return;
    this.#day = today;
    this.#total = 0;
    this.#users.clear();
  }

  #today(): number {
    return Math.floor(this.#now() / DAY_MS);
  }

  /** In the person's own time, as Discord shows it. */
  #whenAgain(): string {
    const seconds = ((this.#day + 1) * DAY_MS) / 1_000;
    return `Please ask again <t:${seconds}:R>.`;
  }
}
