import { z } from 'zod';
import { TimeoutError } from '../errors.ts';
import { DecoderError, startDecoderProcess, type DecoderProcess } from './decoder-process.ts';
import { REFUSALS, type Decoded, type ImageTask, type PdfTask } from './decoding/protocol.ts';

/** Decodes files of one kind in processes of their own, whose end is an error of that file alone. */
export interface Decoder<Task> {
  /**
   * Rejects with TimeoutError where the task's processor time is over, with DecoderError, or with the signal's reason.
   * Whatever the file does, it is over with the signal.
   */
  decode(task: Task, bytes: Uint8Array, signal: AbortSignal): Promise<Decoded>;
}

export interface DecoderOptions {
  readonly start: () => DecoderProcess;
  /** A process without work for so long ends and gives its memory back. */
  readonly idleTimeoutMs?: number;
}

const IDLE_TIMEOUT_MS = 30_000;

/** Far above what the limits allow; a process that sends more is not itself any more. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

const count = z.number().int().nonnegative();

/** A process that read files from outside is believed no more than they are. */
const answerSchema = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('image'),
      contentType: z.enum(['image/png', 'image/jpeg']),
      width: count,
      height: count,
      frames: count,
    }),
    z.object({ kind: z.literal('text'), pages: count, readPages: count, isCut: z.boolean() }),
    z.object({ kind: z.literal('refused'), reason: z.enum(REFUSALS), message: z.string() }),
  ])
  .and(z.object({ isWorn: z.boolean() }));

/**
 * A process starts with the first file and reads one after the other; a second one starts where two are asked for at
 * once. Of those without work one is kept, for a while.
 */
export function createDecoder<Task extends { readonly maxCpuMs: number }>({
  start,
  idleTimeoutMs = IDLE_TIMEOUT_MS,
}: DecoderOptions): Decoder<Task> {
  let idle: DecoderProcess | undefined;
  let idleTimer: NodeJS.Timeout | undefined;

  const take = (): DecoderProcess => {
    const kept = idle?.isAlive === true ? idle : undefined;
    idle = undefined;
    clearTimeout(idleTimer);
    return kept ?? start();
  };
  const keep = (process: DecoderProcess): void => {
    idle?.end();
    idle = process;
    clearTimeout(idleTimer);
    idleTimer = setTimeout(() => {
      idle?.end();
      idle = undefined;
    }, idleTimeoutMs).unref();
  };

  return {
    async decode(task, bytes, signal) {
      signal.throwIfAborted();
      const process = take();
      const { header, body } = await process.decode(task, bytes, signal);
      const answer = answerSchema.safeParse(header);
      if (answer.success && !answer.data.isWorn) keep(process);
      else process.end();
      if (!answer.success) throw new DecoderError('A decoder answered nonsense', { cause: answer.error });
      if (answer.data.kind === 'refused' && answer.data.reason === 'time') {
        throw new TimeoutError('Decoding a file', task.maxCpuMs);
      }
      return answer.data.kind === 'refused' ? answer.data : { ...answer.data, bytes: body };
    },
  };
}

/** Of images. The library that decodes them is native code. */
export function createImageDecoder(): Decoder<ImageTask> {
  const entry = new URL('./decoding/image-decoder.ts', import.meta.url);
  return createProcessDecoder(entry, ['--allow-addons']);
}

export function createPdfDecoder(): Decoder<PdfTask> {
  const entry = new URL('./decoding/pdf-decoder.ts', import.meta.url);
  return createProcessDecoder(entry, ['--allow-worker']);
}

function createProcessDecoder<Task extends { readonly maxCpuMs: number }>(
  entry: URL,
  permissions: readonly string[],
): Decoder<Task> {
  return createDecoder({
    start: () => startDecoderProcess({ entry, permissions, maxAnswerBytes: MAX_ANSWER_BYTES }),
  });
}
