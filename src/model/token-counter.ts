import { LRUCache } from 'lru-cache';
import type { Model, ModelLog, ModelRequest, Usage } from './ports.ts';
import { estimateTokens } from './token-estimate.ts';
import { createTokenizerThread, type TokenizerThread } from './tokenizer-thread.ts';

export interface TokenCounterOptions {
  readonly tokenizer?: TokenizerThread;
  readonly log?: ModelLog | undefined;
}

export interface TokenCounter {
  /** A quick estimate; rather too high than too low. */
  estimate(text: string): number;
  /** By a tokenizer, each text counted once as long as it is remembered; estimates where it fails. */
  countExactly(texts: readonly string[], signal: AbortSignal): Promise<readonly number[]>;
  /** Compares what the server counted with our own counts, so that later ones are nearer. */
  learn(request: ModelRequest, usage: Usage | undefined): void;
}

/** Of each message: role and separators. */
const MESSAGE_OVERHEAD_TOKENS = 4;
/** The first replies are all learnt from, later ones now and then: conversations change slowly. */
const ALWAYS_FIRST = 4;
const THEN_EVERY = 8;
const MAX_CACHED_LENGTH = 50_000;
const CACHE_LENGTH = 1_000_000;
/** What an entry counts besides its text. */
const CACHED_OVERHEAD = 100;
/** After a failure of the tokenizer, estimates serve for so long. */
const REST_MS = 60_000;

/** Counts tokens for one model. The tokenizer may be another than the model's own; replies show the difference. */
export function createTokenCounter(options: TokenCounterOptions = {}): TokenCounter {
  const tokenizer = options.tokenizer ?? createTokenizerThread();
  const counts = new LRUCache<string, number>({
    maxSize: CACHE_LENGTH,
    maxEntrySize: MAX_CACHED_LENGTH,
    sizeCalculation: (_, text) => CACHED_OVERHEAD + text.length,
  });
  const estimates = createTokenRatio();
  // The estimates are made after the tokenizer, so they show at least how much more another one makes of a text.
  const exact = createTokenRatio(() => Math.max(1, estimates.value));
  let replies = 0;
  let restsUntil = -Infinity;

  const estimate = (text: string): number => Math.ceil(estimates.apply(estimateTokens(text)));

  /** Counts of those texts that are not remembered; empty while the tokenizer does not work. */
  const countMissing = async (
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, number>> => {
    const missing = [...new Set(texts.filter((text) => !counts.has(text)))];
    const fresh = new Map<string, number>();
    if (missing.length === 0 || performance.now() < restsUntil) return fresh;
    try {
      for (const [index, count] of (await tokenizer.count(missing, signal)).entries()) {
        const text = missing[index] ?? '';
        fresh.set(text, count);
        counts.set(text, count);
      }
    } catch (err) {
      signal.throwIfAborted();
      restsUntil = performance.now() + REST_MS;
      options.log?.warn({ err }, 'The tokenizer failed; token counts are estimates for a while');
    }
    return fresh;
  };

  return {
    estimate,
    async countExactly(texts, signal) {
      const fresh = await countMissing(texts, signal);
      return texts.map((text) => {
        const count = fresh.get(text) ?? counts.get(text);
        return count === undefined ? estimate(text) : Math.ceil(exact.apply(count));
      });
    },
    learn(request, usage) {
      if (usage === undefined) return;
      replies += 1;
      if (replies > ALWAYS_FIRST && replies % THEN_EVERY !== 0) return;
      const texts = toTexts(request);
      if (texts === undefined) return;
      const overhead = MESSAGE_OVERHEAD_TOKENS * request.messages.length;
      learnFrom(estimates, texts.map(estimateTokens), overhead, usage);
      learnFrom(
        exact,
        texts.map((text) => counts.peek(text)),
        overhead,
        usage,
      );
    },
  };
}

/** Learns where every part of the request was counted. */
function learnFrom(
  ratio: TokenRatio,
  counts: readonly (number | undefined)[],
  overhead: number,
  usage: Usage,
): void {
  let sum = overhead;
  for (const count of counts) {
    if (count === undefined) return;
    sum += count;
  }
  ratio.learn(sum, usage.inputTokens);
}

/** Undefined for a request with images, whose tokens no tokenizer knows. */
function toTexts({ tools, messages }: ModelRequest): string[] | undefined {
  const texts = tools.map((tool) => JSON.stringify(tool));
  for (const message of messages) {
    if (typeof message.content !== 'string') return undefined;
    texts.push(message.content);
    if (message.role !== 'assistant') continue;
    for (const call of message.toolCalls ?? []) texts.push(call.name, call.arguments);
  }
  return texts;
}

/** What a server counts in relation to a count of ours, learnt from its replies. */
interface TokenRatio {
  /** Our count as the server would have it; a little more until the ratio is well known. */
  apply(counted: number): number;
  learn(counted: number, reported: number): void;
  readonly value: number;
}

const MAX_RATIO = 2;
/** A server that reports less leaves out what it had cached, which says nothing. */
const MIN_RATIO = 0.4;
const SMOOTHING = 0.2;
/** Added before the first sample; it shrinks with each. */
const CAUTION = 0.15;

/** `prior`: what to go by before the first sample. */
function createTokenRatio(prior: () => number = () => 1): TokenRatio {
  let learnt: number | undefined;
  let samples = 0;
  return {
    apply: (counted) => counted * (learnt ?? prior()) * (1 + CAUTION / (1 + samples)),
    learn(counted, reported) {
      if (counted < 1 || reported < counted * MIN_RATIO) return;
      const observed = Math.min(MAX_RATIO, reported / counted);
      samples += 1;
      // The plain average at first, the prior being one of its values.
      const before = learnt ?? prior();
      learnt = before + (observed - before) * Math.max(SMOOTHING, 1 / (samples + 1));
    },
    get value() {
      return learnt ?? prior();
    },
  };
}

/** What of a model counts tokens, for a model that wraps it. */
export function toTokenCounting(model: Model): Omit<Model, 'complete'> {
  const countTokens = (text: string): number => model.countTokens(text);
  const countExactly = model.countExactly?.bind(model);
  return countExactly === undefined ? { countTokens } : { countTokens, countExactly };
}
