import { EventEmitter, getEventListeners } from 'node:events';
import { Socket } from 'node:net';
import { queryObjects } from 'node:v8';
import { LRUCache } from 'lru-cache';
import { sleep } from '../../src/lib/abort.ts';
import { LiveSet } from './live-set.ts';

/** What is alive in a process, counted after a collection of garbage. */
export interface Census {
  readonly heapBytes: number;
  /** Buffers outside the heap. */
  readonly externalBytes: number;
  readonly rssBytes: number;
  /** Of all live emitters and event targets but connections. */
  readonly listeners: number;
  /** Sockets, those included that are kept for the next request: as many as were needed at once. */
  readonly connections: number;
  /** Armed or not, also those that do not keep the process alive. */
  readonly timers: number;
  /** Files, servers, requests: what Node counts as active. */
  readonly handles: number;
  /** Entries of all maps and sets but those of caches. */
  readonly mapEntries: number;
  /** Entries of caches, each of which has a bound that it fills up to. */
  readonly cacheEntries: number;
  readonly abortSignals: number;
  readonly promises: number;
}

const LISTENING = ['addListener', 'on', 'once', 'prependListener', 'prependOnceListener'] as const;
const COLLECTIONS = 5;
const COLLECTION_PAUSE_MS = 100;

/** Counts listeners from the moment of the call on, so call it before the bot is made. Needs --expose-gc. */
export function startCensus(): () => Promise<Census> {
  const countListeners = watchListeners();
  const countCached = watchCaches();
  const sample = setTimeout(() => undefined, 0);
  clearTimeout(sample);
  const Timer = sample.constructor as new () => object;
  return async () => {
    await collectGarbage();
    const { heapUsed, external, rss } = process.memoryUsage();
    const cacheEntries = countCached();
    return {
      heapBytes: heapUsed,
      externalBytes: external,
      rssBytes: rss,
      listeners: countListeners(),
      connections: queryObjects(Socket, { format: 'count' }),
      timers: queryObjects(Timer, { format: 'count' }),
      handles: process.getActiveResourcesInfo().filter((name) => name !== 'Immediate').length,
      mapEntries: countEntries(Map) + countEntries(Set) - cacheEntries,
      cacheEntries,
      abortSignals: queryObjects(AbortSignal, { format: 'count' }),
      promises: queryObjects(Promise, { format: 'count' }),
    };
  };
}

function watchListeners(): () => number {
  const emitters = new LiveSet<EventEmitter>();
  const targets = new LiveSet<EventTarget>();
  const types = new WeakMap<EventTarget, Set<string>>();
  for (const name of LISTENING) {
    beforeEach(EventEmitter.prototype as EventEmitter, name, (emitter) => {
      if (!isConnection(emitter)) emitters.add(emitter);
    });
  }
  beforeEach(EventTarget.prototype, 'addEventListener', (target, type) => {
    targets.add(target);
    types.set(target, (types.get(target) ?? new Set()).add(String(type)));
  });
  return () =>
    emitters.sum((emitter) => sumOf(emitter.eventNames(), (name) => emitter.listenerCount(name))) +
    targets.sum((target) =>
      sumOf([...(types.get(target) ?? [])], (type) => getEventListeners(target, type).length),
    );
}

/** A socket, or what the HTTP client keeps for each. */
function isConnection(emitter: EventEmitter): boolean {
  return emitter instanceof Socket || 'pipelining' in emitter;
}

function watchCaches(): () => number {
  const caches = new LiveSet<LRUCache<string, object>>();
  beforeEach(LRUCache.prototype as LRUCache<string, object>, 'set', (cache) => {
    caches.add(cache);
  });
  // Each keeps its keys in one map.
  return () => caches.sum(({ size }) => size);
}

/** Makes every object of a class tell of each call of a method. */
function beforeEach<T extends object>(
  prototype: T,
  method: string,
  tell: (object: T, firstArgument: unknown) => void,
): void {
  const original = Reflect.get(prototype, method) as (this: T, ...args: unknown[]) => unknown;
  Reflect.set(prototype, method, function watched(this: T, ...args: unknown[]) {
    tell(this, args[0]);
    return original.apply(this, args);
  });
}

/** More than once and with time in between: what is freed calls what frees more. */
async function collectGarbage(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error('Start this with --expose-gc.');
  for (let round = 0; round < COLLECTIONS; round += 1) {
    await globalThis.gc({ execution: 'async', type: 'major' });
    await sleep(COLLECTION_PAUSE_MS);
  }
}

/** By what Node shows of each, such as `Map(3) {…`: the objects themselves are not to be had. */
function countEntries(constructor: new () => object): number {
  return sumOf(queryObjects(constructor, { format: 'summary' }), (shown) =>
    Number(/^[\w ]*\((\d+)\)/.exec(shown)?.[1] ?? 0),
  );
}

function sumOf<T>(items: readonly T[], measure: (item: T) => number): number {
  return items.reduce((sum, item) => sum + measure(item), 0);
}
