import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { toRefusal, type Decoded, type PdfTask } from './protocol.ts';
import { serveDecoder } from './serve-decoder.ts';

serveDecoder(decodePdf);

/** Each file has a thread of its own, which can be ended, and in which none meets another's. */
async function decodePdf(task: PdfTask, bytes: Uint8Array, signal: AbortSignal): Promise<Decoded> {
  const worker = new Worker(new URL('./pdf-thread.ts', import.meta.url), {
    workerData: { task, bytes },
    env: {},
    // That of the process is for answers alone.
    stdout: true,
    stderr: true,
    // What is on the heap counts as well for the process, which ends itself before V8 does.
    resourceLimits: { maxOldGenerationSizeMb: task.maxMemoryMb },
  });
  const onAbort = (): void => {
    worker.terminate().catch(() => undefined);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const ended = once(worker, 'exit').then(() => Promise.reject(new Error('The thread ended')));
  try {
    // `once` rejects with what the thread throws as well.
    const [decoded] = (await Promise.race([once(worker, 'message'), ended])) as [Decoded];
    return decoded;
  } catch (error) {
    const isOutOfMemory = error instanceof Error && 'code' in error && error.code === OUT_OF_MEMORY;
    return toRefusal(isOutOfMemory ? 'memory' : 'broken', error);
  } finally {
    worker.on('error', () => undefined);
    await worker.terminate();
  }
}

const OUT_OF_MEMORY = 'ERR_WORKER_OUT_OF_MEMORY';
