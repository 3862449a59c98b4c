import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { DecoderError, startDecoderProcess } from '../../src/attachments/decoder-process.ts';
import { createPdfDecoder } from '../../src/attachments/decoder.ts';
import type { PdfTask } from '../../src/attachments/decoding/protocol.ts';
import { TimeoutError } from '../../src/errors.ts';
import { toEndlessPdf, toPdf } from './pdf-files.ts';

const TASK: PdfTask = { maxPages: 10, maxCharacters: 1_000, maxMemoryMb: 512, maxCpuMs: 600_000 };
const { signal } = new AbortController();

/** The processes that decode PDFs for that one. As Linux tells it. */
function decodersOf(pid: number): number[] {
  if (process.platform !== 'linux') return [];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return children.map(Number).filter((child) => read(child, 'cmdline').includes('pdf-decoder'));
}

function read(pid: number, what: 'cmdline' | 'environ' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'utf8');
  } catch {
    // It ended.
    return '';
  }
}

/** A process that was ended and not yet waited for counts as gone. */
function isThere(pid: number): boolean {
  return /\) [^ZX] /.test(read(pid, 'stat'));
}

/** Decoders that other tests left. */
let known: readonly number[] = [];

/** Resolves with the pid of the decoder that this process has begun to ask. */
async function untilAsked(pid = process.pid): Promise<number> {
  return vi.waitFor(() => {
    const decoder = decodersOf(pid).find((one) => !known.includes(one));
    if (decoder === undefined) throw new Error('There is no decoder yet');
    return decoder;
  });
}

beforeEach(() => {
  known = decodersOf(process.pid);
});

describe.skipIf(process.platform !== 'linux')('a process that decodes', () => {
  test('ends at once where nobody waits for it any more, whatever it does', async () => {
    const decoder = createPdfDecoder();
    const stopped = new AbortController();
    const decoding = decoder.decode(TASK, toEndlessPdf(), stopped.signal);
    const pid = await untilAsked();
    stopped.abort(new Error('stopped'));
    await expect(decoding).rejects.toThrow('stopped');
    await expect.poll(() => isThere(pid)).toBe(false);
  });

  test('stops a file that takes more processor time than it may, and reads the next one', async () => {
    const decoder = createPdfDecoder();
    const decoding = decoder.decode({ ...TASK, maxCpuMs: 200 }, toEndlessPdf(), signal);
    const pid = await untilAsked();
    await expect(decoding).rejects.toThrow(TimeoutError);
    expect(await decoder.decode(TASK, toPdf(['fine']), signal)).toMatchObject({ kind: 'text', pages: 1 });
    expect(isThere(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });

  test('FAULTS 26: its death is an error of that file, and the next one is read', async () => {
    const decoder = createPdfDecoder();
    const decoding = decoder.decode(TASK, toEndlessPdf(), signal);
    process.kill(await untilAsked(), 'SIGKILL');
    await expect(decoding).rejects.toThrow(DecoderError);
    expect(await decoder.decode(TASK, toPdf(['fine']), signal)).toMatchObject({ kind: 'text', pages: 1 });
  });

  test('FAULTS 41: knows no secrets and may read nothing but code', async () => {
    const decoder = createPdfDecoder();
    const stopped = new AbortController();
    const decoding = decoder.decode(TASK, toEndlessPdf(), stopped.signal);
    const pid = await untilAsked();
    expect(read(pid, 'environ').split('\0').filter(Boolean)).toEqual(['MALLOC_ARENA_MAX=2']);
    stopped.abort(new Error('stopped'));
    await expect(decoding).rejects.toThrow('stopped');

    const entry = new URL('../../src/config.ts', import.meta.url);
    const outside = startDecoderProcess({ entry, permissions: [], maxAnswerBytes: 1 });
    await expect(outside.decode({}, new Uint8Array(1), signal)).rejects.toMatchObject({
      context: { stderr: expect.stringContaining('ERR_ACCESS_DENIED') as string },
    });
  });

  const bot = (work: string, maxFiles?: number): ReturnType<typeof spawn> => {
    const file = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
    const script = `
      const { createPdfDecoder } = await import(${file('../../src/attachments/decoder.ts')});
      const { toEndlessPdf, toPdf } = await import(${file('./pdf-files.ts')});
      const decode = (pdf) =>
        createPdfDecoder().decode(${JSON.stringify(TASK)}, pdf, new AbortController().signal);
      ${work}`;
    const limit = maxFiles === undefined ? '' : `ulimit -n ${maxFiles} && `;
    const limited = `${limit}exec "$0" --input-type=module --eval "$1"`;
    return spawn('sh', ['-c', limited, process.execPath, script], { stdio: 'inherit' });
  };

  test('FAULTS 26: that cannot be started for too many open files is an error of that file', async () => {
    const work = `
      const { openSync } = await import('node:fs');
      const files = [];
      try {
        for (;;) files.push(openSync('/dev/null'));
      } catch {}
      const error = await decode(toPdf(['fine'])).catch((reason) => reason);
      // What is thrown unseen would be thrown by then.
      setTimeout(() => process.exit(error?.constructor.name === 'DecoderError' ? 0 : 5), 50);`;
    await expect(once(bot(work, 100), 'exit')).resolves.toEqual([0, null]);
  });

  test('FAULTS 27: ends with the bot, even where that is killed while it decodes', async () => {
    const killed = bot('await decode(toEndlessPdf());');
    const pid = await untilAsked(killed.pid);
    killed.kill('SIGKILL');
    await expect.poll(() => isThere(pid)).toBe(false);
  });

  test('FAULTS 27: that is kept for the next file does not keep the bot from ending', async () => {
    const ended = once(bot('await decode(toPdf(["fine"]));'), 'exit');
    await expect(ended).resolves.toEqual([0, null]);
  });

  test('FAULTS 27: what a terminal tells all processes does not end it before its file is read', async () => {
    const decoder = createPdfDecoder();
    // It has begun to listen when it has answered.
    await decoder.decode(TASK, toPdf(['first']), signal);
    const pid = await untilAsked();
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGTERM');
    await decoder.decode(TASK, toPdf(['second']), signal);
    expect(isThere(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });
});
