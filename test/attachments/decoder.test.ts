import { expect, test, vi } from 'vitest';
import { DecoderError, type DecoderProcess } from '../../src/attachments/decoder-process.ts';
import { createDecoder } from '../../src/attachments/decoder.ts';

const PAGE = { kind: 'text', pages: 1, readPages: 1, isCut: false, isWorn: false };
const { signal } = new AbortController();

/** A decoder whose processes answer what they are given, and count. */
function createScene(idleTimeoutMs?: number) {
  const processes: { isAlive: boolean }[] = [];
  const decoder = createDecoder<{ answer: unknown; maxCpuMs: number }>({
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    start() {
      const process = {
        isAlive: true as boolean,
        decode: async (task) => {
          const header = await (task as { answer: unknown }).answer;
          return { header, body: Buffer.from('text') };
        },
        end() {
          process.isAlive = false;
        },
      } satisfies DecoderProcess;
      processes.push(process);
      return process;
    },
  });
  const decode = (answer: unknown) => decoder.decode({ answer, maxCpuMs: 1_000 }, new Uint8Array(1), signal);
  return { decode, states: () => processes.map(({ isAlive }) => isAlive) };
}

test('a process starts with the first file and reads the next one, too', async () => {
  const { decode, states } = createScene();
  expect(states()).toEqual([]);
  expect(await decode(PAGE)).toEqual({ ...PAGE, bytes: Buffer.from('text') });
  await decode(PAGE);
  expect(states()).toEqual([true]);
});

test('of those that read at once, one is kept, and only for a while', async () => {
  vi.useFakeTimers();
  try {
    const { decode, states } = createScene(1_000);
    await Promise.all([decode(PAGE), decode(PAGE)]);
    expect(states().filter(Boolean)).toHaveLength(1);
    vi.advanceTimersByTime(999);
    expect(states().filter(Boolean)).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(states()).toEqual([false, false]);
  } finally {
    vi.useRealTimers();
  }
});

test('one that holds on to much memory, or answers nonsense, is not asked again', async () => {
  const { decode, states } = createScene();
  await decode({ ...PAGE, isWorn: true });
  expect(states()).toEqual([false]);
  await expect(decode({ kind: 'text', pages: '<b>' })).rejects.toThrow(DecoderError);
  expect(states()).toEqual([false, false]);
  const refused = { kind: 'refused', reason: 'broken', message: 'no header' };
  expect(await decode({ ...refused, isWorn: false })).toMatchObject(refused);
});
