import { createFrameReader, toFrameHead } from './frames.ts';
import { toRefusal, type Decoded, type Task } from './protocol.ts';

/** Far above what is ever sent: whoever asks has checked the sizes of files. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;
const MEMORY_CHECK_MS = 20;
const BYTES_PER_MB = 1024 * 1024;
/** A process that still holds this share of what it may is not asked again. */
const WORN_SHARE = 0.5;

/**
 * Decodes the files that come in on standard input, one after the other, and answers each on standard output: this is
 * all that a decoder's process does. It ends with the pipe, and so with whoever asks, and where its memory grows
 * beyond the task's bound. `decode` must leave this thread free meanwhile.
 */
export function serveDecoder(decode: (task: never, bytes: Uint8Array) => Promise<Decoded>): void {
  const answer = async (task: Task, bytes: Uint8Array): Promise<void> => {
    const maxBytes = task.maxMemoryMb * BYTES_PER_MB;
    const watch = setInterval(() => {
      const rssBytes = process.memoryUsage.rss();
      if (rssBytes <= maxBytes) return;
      send(toRefusal('memory', `${rssBytes} bytes were in use`), true);
      endAtOnce();
    }, MEMORY_CHECK_MS);
    const decoded = await decode(task as never, bytes).catch((error: unknown) => toRefusal('broken', error));
    clearInterval(watch);
    send(decoded, process.memoryUsage.rss() > maxBytes * WORN_SHARE);
  };

  const read = createFrameReader(MAX_FILE_BYTES, ({ header, body }) => {
    answer(header as Task, body).catch(endAtOnce);
  });
  process.stdin.on('data', read).on('end', endAtOnce);
  // A terminal, or a supervisor, tells all processes at once; what is being read is waited for all the same.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
}

/** Writes to a pipe block until they are done. */
function send(decoded: Decoded, isWorn: boolean): void {
  const { bytes, ...header } = { bytes: new Uint8Array(0), ...decoded };
  process.stdout.write(toFrameHead({ ...header, isWorn }, bytes.length));
  process.stdout.write(bytes);
}

/** Whatever its threads are doing. */
function endAtOnce(): void {
  process.kill(process.pid, 'SIGKILL');
}
