import { DiscordRequestError } from '../../../src/discord/outgoing/discord-request-error.ts';
import type {
  BucketLimits,
  SendResult,
  Sender,
  WireRequest,
} from '../../../src/discord/outgoing/outgoing-request.ts';
import { toRoute } from '../../../src/discord/outgoing/route.ts';

export interface Arrival {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly json: unknown;
  readonly status: number;
}

/** A Discord on the fake clock: fixed windows per bucket, a sliding global window, travel times. */
export class FakeDiscord implements Sender {
  readonly arrivals: Arrival[] = [];
  /** Answers of the next requests but typing, before the rate limits are looked at. */
  readonly script: (SendResult | undefined)[] = [];
  bucketLimit: number;
  bucketWindowMs: number;
  globalLimit: number;
  travelMs: () => number;
  hasHeaders = true;
  readonly #buckets = new Map<string, { openedAt: number; used: number }>();
  readonly #global: number[] = [];
  #created = 0;

  constructor(
    options: Partial<Pick<FakeDiscord, 'bucketLimit' | 'bucketWindowMs' | 'globalLimit' | 'travelMs'>> = {},
  ) {
    this.bucketLimit = options.bucketLimit ?? 5;
    this.bucketWindowMs = options.bucketWindowMs ?? 5000;
    this.globalLimit = options.globalLimit ?? 50;
    this.travelMs = options.travelMs ?? (() => 20);
  }

  get refused429(): number {
    return this.arrivals.filter(({ status }) => status === 429).length;
  }

  async send(request: WireRequest): Promise<SendResult> {
    await later(this.travelMs());
    const isTyping = request.path.endsWith('/typing');
    const result = (isTyping ? undefined : this.script.shift()) ?? this.#answer(request);
    this.arrivals.push({
      at: Date.now(),
      method: request.method,
      path: request.path,
      json: request.body?.json,
      status: toStatus(result),
    });
    await later(this.travelMs());
    return result;
  }

  #answer(request: WireRequest): SendResult {
    const now = Date.now();
    const route = toRoute(request.method, request.path);
    if (!route.isExempt) {
      while (this.#global[0] !== undefined && this.#global[0] <= now - 1000) this.#global.shift();
      if (this.#global.length >= this.globalLimit) return rateLimited(1000, 'global');
      this.#global.push(now);
    }
    const bucket = this.#bucket(route.bucketKey, now);
    const resetAfterMs = bucket.openedAt + this.bucketWindowMs - now;
    if (bucket.used >= this.bucketLimit) return rateLimited(resetAfterMs, 'bucket');
    bucket.used += 1;
    const limits = { limit: this.bucketLimit, remaining: this.bucketLimit - bucket.used, resetAfterMs };
    return {
      kind: 'ok',
      data: { id: this.#toMessageId(request) },
      limits: this.hasHeaders ? limits : undefined,
    };
  }

  #toMessageId({ method, path }: WireRequest): string {
    if (method === 'PATCH') return path.split('/').at(-1) ?? '';
    this.#created += 1;
    return String(this.#created);
  }

  #bucket(key: string, now: number): { openedAt: number; used: number } {
    let bucket = this.#buckets.get(key);
    if (!bucket || now >= bucket.openedAt + this.bucketWindowMs) {
      bucket = { openedAt: now, used: 0 };
      this.#buckets.set(key, bucket);
    }
    return bucket;
  }
}

export function rateLimited(
  retryAfterMs: number,
  scope: 'bucket' | 'global',
  limits?: BucketLimits,
): SendResult {
  return { kind: 'rate-limited', pause: { retryAfterMs, scope }, limits };
}

export function refused(status: number, code = 0): SendResult {
  const error = new DiscordRequestError({ method: 'POST', path: '/' }, status, { code, message: 'no' });
  return { kind: 'refused', error, limits: undefined };
}

export function failed(mayHaveArrived = true): SendResult {
  return { kind: 'failed', error: new Error('status 500'), mayHaveArrived };
}

function toStatus(result: SendResult): number {
  if (result.kind === 'ok') return 200;
  if (result.kind === 'rate-limited') return 429;
  return result.kind === 'refused' ? result.error.status : 500;
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
