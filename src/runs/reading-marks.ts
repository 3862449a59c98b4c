import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Log } from '../observability/log.ts';
import type { KeyValueStore } from '../storage/ports.ts';
import { hasFiles, NO_FILES, toSources, type ReadRunAttachments, type RunFiles } from './run-attachments.ts';
import type { Run } from './run.ts';

export interface ReadingMarksOptions {
  readonly store: KeyValueStore;
  readonly log: Pick<Log, 'warn'>;
  /** Of this process; another for each. */
  readonly processId?: string;
}

/** As long as a run can be taken up again. */
const TTL_MS = 7 * 24 * 60 * 60_000;

const markSchema = z.object({ processId: z.string() });

const REASON = 'was being read when I stopped without warning, so I left it alone this time';

/**
 * A mark stands in the store while the files of a run are read. Where a process finds that of another, that one died
 * while it read: the run goes on without its files, whatever was wrong with them, and so no file makes one process
 * after the other end. Where the store is out of reach files are read without a mark.
 */
export function withReadingMarks(read: ReadRunAttachments, options: ReadingMarksOptions): ReadRunAttachments {
  const { store, log, processId = randomUUID() } = options;

  const warn = (error: unknown): undefined => {
    log.warn({ err: error }, 'the mark that files are being read could not be kept');
  };

  /** Puts the mark there; whether another process left one. What is asked of one key takes effect in its order. */
  const mark = async (runId: string): Promise<boolean> => {
    const [left] = await Promise.all([
      store.get(runId).catch(warn),
      store.set(runId, { processId }, { ttlMs: TTL_MS }).catch(warn),
    ]);
    return left !== undefined && markSchema.safeParse(left).data?.processId !== processId;
  };

  return async (run, signal) => {
    if (!hasFiles(run)) return NO_FILES;
    try {
      const isLeft = await mark(run.id);
      signal.throwIfAborted();
      return isLeft ? toUnread(run) : await read(run, signal);
    } finally {
      // The answer does not wait for it.
      store.delete(run.id).catch(warn);
    }
  };
}

function toUnread(run: Run): RunFiles {
  const { own, quoted } = toSources(run);
  return new Map(
    [...own, ...quoted].map(({ attachment: { id, name, isVoice = false } }) => [
      id,
      { id, name, isVoice, content: { kind: 'unreadable', reason: REASON } },
    ]),
  );
}
