import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import pLimit from 'p-limit';
import { TimeoutError } from '../errors.ts';
import { withDeadline } from '../lib/abort.ts';
import type { PdfResult, PdfWorkerData } from './pdf-protocol.ts';
import type { AttachmentContent } from './ports.ts';
import { Unreadable } from './unreadable.ts';

export interface PdfLimits {
  readonly maxPages: number;
  readonly maxCharacters: number;
  readonly timeoutMs: number;
  /** Of the thread's heap, and again of what it unpacks. */
  readonly maxMemoryMb: number;
}

export type ReadPdf = (bytes: Uint8Array, signal: AbortSignal) => Promise<AttachmentContent>;

/** Files read at once, each with a thread of its own. */
const MAX_PARALLEL = 2;
const MEMORY_CHECK_MS = 50;
const BYTES_PER_MB = 1024 * 1024;

/** Reads the text of a PDF in a thread that is ended where it takes too long or too much. Throws Unreadable. */
export function createPdfReader(limits: PdfLimits): ReadPdf {
  const limit = pLimit(MAX_PARALLEL);
  return (bytes, signal) =>
    limit(async () => {
      try {
        const result = await withDeadline(
          'Reading a PDF',
          limits.timeoutMs,
          signal,
          ({ signal: workSignal }) => runWorker(bytes, limits, workSignal),
        );
        return toContent(result);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof Unreadable) throw error;
        if (error instanceof TimeoutError) throw new Unreadable('takes too long to read', { cause: error });
        throw new Unreadable('is a PDF that cannot be read', { cause: error });
      }
    });
}

async function runWorker(bytes: Uint8Array, limits: PdfLimits, signal: AbortSignal): Promise<PdfResult> {
  const { maxPages, maxCharacters, maxMemoryMb } = limits;
  const workerData: PdfWorkerData = { bytes, maxPages, maxCharacters };
  const worker = new Worker(new URL('./pdf-worker.ts', import.meta.url), {
    workerData,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb },
  });
  const end = new AbortController();
  const watch = watchMemory(worker, maxMemoryMb * BYTES_PER_MB, (reason) => {
    end.abort(reason);
  });
  try {
    const options = { signal: AbortSignal.any([signal, end.signal]) };
    // `once` rejects with what the thread throws as well.
    const ended = once(worker, 'exit', options).then(() => Promise.reject(new Error('The thread ended')));
    const message = once(worker, 'message', options) as Promise<[PdfResult]>;
    const [result] = await Promise.race([message, ended]);
    return result;
  } catch (error) {
    throw end.signal.aborted ? end.signal.reason : error;
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}

/** What a PDF unpacks stands outside the heap, whose limit does not hold it. */
function watchMemory(
  worker: Worker,
  maxBytes: number,
  onExcess: (reason: Unreadable) => void,
): NodeJS.Timeout {
  return setInterval(() => {
    worker.getHeapStatistics().then(
      (statistics) => {
        if (statistics.external_memory > maxBytes)
          onExcess(new Unreadable('unpacks to more than I can hold'));
      },
      // The thread is not up yet, or has ended.
      () => undefined,
    );
  }, MEMORY_CHECK_MS).unref();
}

function toContent(result: PdfResult): AttachmentContent {
  switch (result.kind) {
    case 'locked':
      throw new Unreadable('is protected by a password');
    case 'broken':
      throw new Unreadable('is a PDF that cannot be read', { cause: new Error(result.message) });
    case 'text': {
      const { text, pages, readPages, isCut } = result;
      if (text.trim() === '') throw new Unreadable('holds no text, only pictures of pages perhaps');
      const isWhole = readPages === pages && !isCut;
      const whole = `PDF, ${pages} ${pages === 1 ? 'page' : 'pages'}`;
      const part = `PDF, ${isCut ? 'the beginning' : `the first ${readPages}`} of ${pages} pages`;
      return { kind: 'text', text, description: isWhole ? whole : part };
    }
  }
}
