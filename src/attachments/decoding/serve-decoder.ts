import { createFrameReader, toFrameHead } from './frames.ts';
import { toRefusal, type Decoded, type Task } from './protocol.ts';

/** Far above what is ever sent: whoever asks has checked the sizes of files. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;
const CHECK_MS = 20;
/** Decoding that was told to stop has so long. */
const STOP_MS = 200;
const BYTES_PER_MB = 1024 * 1024;
/** A process that still holds this share of what it may is not asked again. */
const WORN_SHARE = 0.5;

/** Leaves this thread free meanwhile, and stops with the signal if it can. */
type Decode = (task: never, bytes: Uint8Array, signal: AbortSignal) => Promise<Decoded>;

/**
 * Decodes the files that come in on standard input, one after the other, and answers each on standard output: this is
 * all that a decoder's process does. It ends with the pipe, and so with whoever asks. Where a file takes more memory
 * or processor time than its task allows, that is the answer, and the process ends unless decoding stops by itself.
 */
export function serveDecoder(decode: Decode): void {
  const answer = async (task: Task, bytes: Uint8Array): Promise<void> => {
    const stop = new AbortController();
    const cpuBefore = process.cpuUsage();
    let stopped: Decoded | undefined;
    let late: NodeJS.Timeout | undefined;
    const refuseAndEnd = (refusal: Decoded): void => {
      send(refusal, true);
      endAtOnce();
    };
    const watch = setInterval(() => {
      const rssBytes = process.memoryUsage.rss();
      if (rssBytes > task.maxMemoryMb * BYTES_PER_MB) {
        refuseAndEnd(toRefusal('memory', `${rssBytes} bytes were in use`));
      }
      const { user, system } = process.cpuUsage(cpuBefore);
      if (stopped || (user + system) / 1_000 <= task.maxCpuMs) return;
      const refusal = toRefusal('time', `It took more than ${task.maxCpuMs} ms of CPU`);
      stopped = refusal;
      stop.abort();
      late = setTimeout(refuseAndEnd, STOP_MS, refusal);
    }, CHECK_MS);
    const decoded = await decode(task as never, bytes, stop.signal).catch((error: unknown) =>
      toRefusal('broken', error),
    );
    clearInterval(watch);
    clearTimeout(late);
    send(stopped ?? decoded, process.memoryUsage.rss() > task.maxMemoryMb * BYTES_PER_MB * WORN_SHARE);
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
