import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test, vi } from 'vitest';
import type { ModelRequest } from '../../src/model/ports.ts';
import { createTokenCounter } from '../../src/model/token-counter.ts';
import { estimateTokens } from '../../src/model/token-estimate.ts';
import { createTokenizerThread, type TokenizerThread } from '../../src/model/tokenizer-thread.ts';
import { never } from './scripted-calls.ts';

/** A token for each character. */
function createFakeTokenizer() {
  const asked: string[][] = [];
  const tokenizer: TokenizerThread = {
    isRunning: true,
    count(texts) {
      asked.push([...texts]);
      return Promise.resolve(texts.map((text) => text.length));
    },
  };
  return { tokenizer, asked };
}

const ask = (content: string): ModelRequest => ({
  messages: [{ role: 'user', content }],
  tools: [],
  userId: '1',
});
const usage = (inputTokens: number) => ({ inputTokens, outputTokens: 1 });

const samples: Record<string, string> = {
  English:
    'The committee met on Tuesday and could not agree on a date. Could you explain how compound interest works, ' +
    "and what I should look out for? I've read two books about it, but neither helped much.",
  German:
    'Kannst du mir bitte erklären, wie ich am besten einen Geburtstagskuchen für zwölf Personen backe? Ich habe ' +
    'leider keinen großen Backofen, aber genügend Zeit und Geduld.',
  Spanish:
    '¿Puedes explicarme cómo preparar una tarta de cumpleaños para doce personas? Desgraciadamente no tengo un ' +
    'horno grande, pero sí tiempo y paciencia suficientes.',
  Polish:
    'Czy możesz mi wyjaśnić, jak przygotować tort urodzinowy dla dwunastu osób? Niestety nie mam dużego ' +
    'piekarnika, ale mam wystarczająco dużo czasu i cierpliwości.',
  Russian:
    'Можешь объяснить мне, как приготовить торт на день рождения для двенадцати человек? К сожалению, у меня нет ' +
    'большой духовки, но достаточно времени и терпения.',
  Greek: 'Μπορείς να μου εξηγήσεις πώς να ετοιμάσω μια τούρτα γενεθλίων για δώδεκα άτομα;',
  Arabic: 'هل يمكنك أن تشرح لي كيف أحضر كعكة عيد ميلاد لاثني عشر شخصا؟ للأسف ليس لدي فرن كبير.',
  Hindi: 'क्या आप मुझे बता सकते हैं कि बारह लोगों के लिए जन्मदिन का केक कैसे तैयार किया जाए?',
  Chinese: '你能告诉我怎样为十二个人准备生日蛋糕吗?可惜我没有大烤箱,但是我有足够的时间和耐心。',
  Japanese: '十二人分の誕生日ケーキの作り方を教えてもらえますか?残念ながら大きなオーブンはありません。',
  Korean: '열두 명을 위한 생일 케이크를 어떻게 준비하는지 설명해 주실 수 있나요? 큰 오븐은 없습니다.',
  emoji: '😂🔥👍🎉😭❤️🚀✨'.repeat(20),
  numbers: JSON.stringify(Array.from({ length: 100 }, (_, index) => ({ id: index * 7_919, x: index / 7 }))),
};

describe('the estimate', () => {
  test.each(Object.entries(samples))(
    '%s: near enough for the part of the window that it decides',
    (_, text) => {
      const counted = countTokens(text);
      expect(estimateTokens(text)).toBeGreaterThan(counted * 0.75);
      expect(estimateTokens(text)).toBeLessThan(counted * 2);
    },
  );

  test.each([
    ['base64', randomBytes(1_500).toString('base64')],
    ['hexadecimal', randomBytes(1_000).toString('hex')],
    ['printable noise', String.fromCharCode(...randomBytes(2_000).map((byte) => 33 + (byte % 94)))],
    ['letters', String.fromCharCode(...randomBytes(2_000).map((byte) => 97 + (byte % 26)))],
    ['control characters', String.fromCharCode(...randomBytes(2_000).map((byte) => byte % 32))],
  ])('%s: never less than 0.6 of the tokens', (_, text) => {
    expect(estimateTokens(text)).toBeGreaterThan(countTokens(text) * 0.6);
  });

  test('source and prose in English are within 15 %', async () => {
    for (const path of [
      '../../src/agent/run-agent.ts',
      '../../CONTRIBUTING.md',
      '../../docs/architecture.md',
    ]) {
      const text = await readFile(new URL(path, import.meta.url), 'utf8');
      expect(Math.abs(estimateTokens(text) / countTokens(text) - 1), path).toBeLessThan(0.15);
    }
  });

  test('takes time linear in the text', () => {
    const startedAt = performance.now();
    for (const text of ['a', '🔥', ' ', 'aB', 'é', '\ud800']) estimateTokens(text.repeat(200_000));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(estimateTokens('')).toBe(0);
  });
});

describe('what is learnt from replies', () => {
  test('the estimate is within 5 % of the server’s count after a few replies, and above it before', () => {
    const counter = createTokenCounter();
    const english = samples['English'] ?? '';
    const served = Math.round(estimateTokens(english) * 1.3);
    expect(counter.estimate(english)).toBeGreaterThan(estimateTokens(english) * 1.1);
    // A template of the server, a little different each time.
    for (let reply = 0; reply < 40; reply += 1) counter.learn(ask(english), usage(served + 4 + (reply % 3)));
    expect(Math.abs(counter.estimate(english) / served - 1)).toBeLessThan(0.05);
  });

  test('what a server reports without its cached part, and images, teach nothing', () => {
    const counter = createTokenCounter();
    const text = 'word '.repeat(100);
    const before = counter.estimate(text);
    counter.learn(ask(text), usage(3));
    counter.learn(ask(text), undefined);
    const image = { type: 'image', url: 'data:image/png;base64,AA' } as const;
    counter.learn({ messages: [{ role: 'user', content: [image] }], tools: [], userId: '1' }, usage(900));
    expect(counter.estimate(text)).toBe(before);
  });

  test('one absurd reply does not double what everybody may say', () => {
    const counter = createTokenCounter();
    const text = 'word '.repeat(100);
    for (let reply = 0; reply < 4; reply += 1) counter.learn(ask(text), usage(104));
    const before = counter.estimate(text);
    for (let reply = 0; reply < 8; reply += 1) counter.learn(ask(text), usage(1_000_000));
    expect(counter.estimate(text)).toBeLessThan(before * 1.3);
  });

  test('exact counts learn apart from the estimates, and begin at least as high', async () => {
    const { tokenizer } = createFakeTokenizer();
    const counter = createTokenCounter({ tokenizer });
    const text = 'word '.repeat(100);
    counter.learn(ask(text), usage(Math.round(estimateTokens(text) * 1.5) + 6));
    const [first = 0] = await counter.countExactly([text], never);
    expect(first).toBeGreaterThan(text.length * 1.2);
    for (let reply = 0; reply < 120; reply += 1) counter.learn(ask(text), usage(text.length + 4));
    const [later = 0] = await counter.countExactly([text], never);
    expect(Math.abs(later / text.length - 1)).toBeLessThan(0.05);
  });
});

describe('exact counts', () => {
  test('a text is counted once, however often it is asked for', async () => {
    const { tokenizer, asked } = createFakeTokenizer();
    const counter = createTokenCounter({ tokenizer });
    await counter.countExactly(['one', 'two', 'one'], never);
    await counter.countExactly(['two', 'three'], never);
    await counter.countExactly(['one', 'two', 'three'], never);
    expect(asked).toEqual([['one', 'two'], ['three']]);
  });

  test('where the tokenizer fails, estimates serve, and it is left alone for a while', async () => {
    const warnings: string[] = [];
    const count = vi.fn(() => Promise.reject(new Error('gone')));
    const counter = createTokenCounter({
      tokenizer: { isRunning: false, count },
      log: { warn: (_, message) => warnings.push(message) },
    });
    for (let time = 0; time < 3; time += 1)
      expect(await counter.countExactly(['some text'], never)).toEqual([counter.estimate('some text')]);
    expect(count).toHaveBeenCalledOnce();
    expect(warnings).toHaveLength(1);
  });
});

describe('the tokenizer’s thread', () => {
  test('counts real texts, hostile ones included, and never holds the event loop', async () => {
    const thread = createTokenizerThread();
    let longestMs = 0;
    const startedAt = performance.now();
    let lastAt = startedAt;
    const ticking = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - lastAt);
      lastAt = performance.now();
    }, 5);
    const hostile = `a${'🔥'.repeat(20_000)}`;
    const counts = await thread.count(['Hello world', hostile, '<|endoftext|>', '\ud800', ''], never);
    clearInterval(ticking);
    expect(counts[0]).toBe(2);
    expect(counts[1]).toBeGreaterThan(15_000);
    expect(counts[1]).toBeLessThan(hostile.length * 3);
    expect(counts[2]).toBeGreaterThan(1);
    expect(counts[4]).toBe(0);
    // Loading and counting take about half of the time each.
    expect(longestMs).toBeLessThan((performance.now() - startedAt) / 3);
  });

  /** A worker that never answers. */
  function createSilentWorker(): { worker: Worker; isEnded: () => boolean } {
    let isEnded = false;
    const worker = Object.assign(new EventEmitter(), {
      unref: () => undefined,
      postMessage: () => undefined,
      terminate: () => {
        isEnded = true;
        return Promise.resolve(0);
      },
    });
    return { worker: worker as unknown as Worker, isEnded: () => isEnded };
  }

  test('a count that takes too long gives the thread up; the next one starts another', async () => {
    const workers = [createSilentWorker(), createSilentWorker()];
    let started = 0;
    const startWorker = (): Worker => (workers[started++] ?? createSilentWorker()).worker;
    const thread = createTokenizerThread({ timeoutMs: 20, startWorker });
    const both = [thread.count(['a'], never), thread.count(['b'], never)];
    for (const count of both) await expect(count).rejects.toThrow(/longer than 20 ms/);
    expect([workers[0]?.isEnded(), thread.isRunning]).toEqual([true, false]);
    const next = thread.count(['c'], never);
    expect(started).toBe(2);
    workers[1]?.worker.emit('error', new Error('out of memory'));
    await expect(next).rejects.toThrow('out of memory');
  });

  test('an abort ends the waiting, not the thread; without work it ends by itself', async () => {
    const silent = createSilentWorker();
    const thread = createTokenizerThread({ idleTimeoutMs: 30, startWorker: () => silent.worker });
    const abort = new AbortController();
    const count = thread.count(['a'], abort.signal);
    abort.abort(new Error('stop'));
    await expect(count).rejects.toThrow('stop');
    expect(thread.isRunning).toBe(true);
    await expect.poll(() => silent.isEnded()).toBe(true);
    expect(thread.isRunning).toBe(false);
  });
});
