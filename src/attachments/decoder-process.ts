import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { constants, getPriority, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { SwitchboardError } from '../errors.ts';
import { createFrameReader, toFrameHead, type Frame } from './decoding/frames.ts';

/** The process that decodes files ended before it answered, or answered nonsense. */
export class DecoderError extends SwitchboardError {
  constructor(message: string, options: { cause?: unknown; context?: Record<string, unknown> } = {}) {
    super('decoder', message, options);
  }
}

/** A process that decodes files. Without work it does not keep this one alive; it ends with it. */
export interface DecoderProcess {
  readonly isAlive: boolean;
  /**
   * One file at a time. Rejects with DecoderError or the signal's reason, and the process is ended then: what a file
   * holds it up with ends too.
   */
  decode(task: object, bytes: Uint8Array, signal: AbortSignal): Promise<Frame>;
  end(): void;
}

export interface DecoderProcessOptions {
  /** The program, in `decoding/`. */
  readonly entry: URL;
  /** What Node's permission model allows beside reading the program's own code. */
  readonly permissions: readonly string[];
  readonly maxAnswerBytes: number;
}

/** Of what it says where it fails, for the log. */
const MAX_STDERR_CHARACTERS = 1_000;

/** Starts one, or throws DecoderError. It has no secrets, may read nothing but code and write nothing, and leaves the processor to others. */
export function startDecoderProcess({
  entry,
  permissions,
  maxAnswerBytes,
}: DecoderProcessOptions): DecoderProcess {
  const child = spawnDecoder(entry, permissions);
  letOthersFirst(child);
  let pending: PromiseWithResolvers<Frame> | undefined;
  let isAlive = true;
  let stderr = '';

  const end = (reason: unknown): void => {
    isAlive = false;
    child.kill('SIGKILL');
    pending?.reject(reason);
    pending = undefined;
  };
  const fail = (cause: unknown): void => {
    end(new DecoderError('The process that decodes files broke', { cause, context: { stderr } }));
  };
  const read = createFrameReader(maxAnswerBytes, (frame) => {
    // What nobody asked for must not be taken for the answer to the next file.
    if (!pending) throw new Error('It spoke unasked');
    pending.resolve(frame);
    pending = undefined;
  });

  child.on('error', fail);
  child.on('exit', (code, signal) => {
    const context = { code, signal, stderr };
    end(new DecoderError('The process that decodes files ended', { context }));
  });
  child.stdin.on('error', fail);
  child.stderr.on('error', fail);
  child.stdout.on('error', fail).on('data', (chunk: Buffer) => {
    try {
      read(chunk);
    } catch (error) {
      fail(error);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-MAX_STDERR_CHARACTERS);
  });
  for (const handle of [child, child.stdin, child.stdout, child.stderr]) {
    if (handle instanceof Socket || handle === child) handle.unref();
  }

  return {
    get isAlive() {
      return isAlive;
    },
    async decode(task, bytes, signal) {
      signal.throwIfAborted();
      if (!isAlive) throw new DecoderError('The process that decodes files has ended');
      pending = Promise.withResolvers<Frame>();
      const { promise } = pending;
      const onAbort = (): void => {
        end(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      child.ref();
      try {
        child.stdin.write(toFrameHead(task, bytes.length));
        child.stdin.write(bytes);
        return await promise;
      } finally {
        child.unref();
        signal.removeEventListener('abort', onAbort);
      }
    },
    end() {
      end(new DecoderError('The process that decodes files was ended'));
    },
  };
}

function spawnDecoder(entry: URL, permissions: readonly string[]): ChildProcessWithoutNullStreams {
  const flags = [
    '--permission',
    ...READABLE.map((path) => `--allow-fs-read=${realpathSync(toPath(path))}`),
    ...permissions,
    '--no-warnings',
    // The processors are for others.
    '--v8-pool-size=1',
  ];
  const child = spawnOrFail([...flags, fileURLToPath(entry)]);
  if (hasPipes(child)) return child;
  // Where this process has too many files open there are no pipes, and the reason comes as an event.
  child.on('error', () => undefined);
  throw new DecoderError(NOT_STARTED, { context: { reason: 'There are no pipes to it' } });
}

function spawnOrFail(args: readonly string[]): ChildProcess {
  try {
    return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env: ENVIRONMENT });
  } catch (cause) {
    throw new DecoderError(NOT_STARTED, { cause });
  }
}

/** Beside what its type says, they may be missing altogether. */
function hasPipes(child: ChildProcess): child is ChildProcessWithoutNullStreams {
  return [child.stdin, child.stdout, child.stderr].every(Boolean);
}

const NOT_STARTED = 'A process that decodes files could not be started';

/** From here: what a decoder is made of. Settings and stores lie beside these, out of its reach. */
const READABLE = ['./', '../../package.json', '../../node_modules/'] as const;

/** None of ours. Fewer pools of memory for threads, so that what a file took is given back. */
const ENVIRONMENT = { MALLOC_ARENA_MAX: '2' } as const;

function toPath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Below that of the bot, in the steps of Unix: a tenth of its share where both want the same processor. */
const LOWER_PRIORITY = 10;

/** Files can wait; and where memory is short, the kernel is to take a decoder rather than the bot. Both are wishes. */
function letOthersFirst({ pid }: ChildProcess): void {
  // It could not be started, which its error event says.
  if (pid === undefined) return;
  try {
    setPriority(pid, Math.min(constants.priority.PRIORITY_LOW, getPriority() + LOWER_PRIORITY));
  } catch {
    // Not everywhere may it be set.
  }
  // Only Linux has it, and not everywhere may it be written.
  writeFile(`/proc/${pid}/oom_score_adj`, '1000').catch(() => undefined);
}
