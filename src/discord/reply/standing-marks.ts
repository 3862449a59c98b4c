import { z } from 'zod';
import type { Log } from '../../observability/log.ts';
import type { KeyValueStore } from '../../storage/ports.ts';

/** A reaction of the bot that is to be taken away again. */
export interface StandingMark {
  readonly channelId: string;
  readonly messageId: string;
  readonly emoji: string;
}

/**
 * The marks that stand at questions for a while, written down before they are shown: so that a process that is killed
 * leaves none for ever. They are few, so all of them are one entry.
 */
export interface StandingMarks {
  /** Resolves when it is written down and may be shown, or cannot be written. */
  keep(mark: StandingMark): Promise<void>;
  /** It is gone. */
  drop(mark: StandingMark): void;
  /** What an earlier process left. Never rejects: what cannot be read stays for the next start. */
  takeLeft(): Promise<readonly StandingMark[]>;
}

const marksSchema = z.array(
  z.strictObject({ channelId: z.string(), messageId: z.string(), emoji: z.string() }),
);
const KEY = 'standing';
/** The oldest are forgotten first. */
const MAX_MARKS = 500;

export function createStandingMarks({ store, log }: { store: KeyValueStore; log: Log }): StandingMarks {
  const standing = new Map<string, StandingMark>();
  /** Those of `standing` that an earlier process left and nobody took yet. */
  const left = new Map<string, StandingMark>();
  let reading: Promise<boolean> | undefined;
  let writing: Promise<void> | undefined;
  let isStale = false;

  const forgetOldest = (): void => {
    for (const oldest of standing.keys()) {
      if (standing.size <= MAX_MARKS) break;
      standing.delete(oldest);
      left.delete(oldest);
    }
  };
  const merge = (earlier: readonly StandingMark[]): void => {
    const own = [...standing];
    standing.clear();
    for (const mark of earlier) {
      standing.set(toKey(mark), mark);
      left.set(toKey(mark), mark);
    }
    for (const [key, mark] of own) {
      standing.set(key, mark);
      left.delete(key);
    }
    forgetOldest();
  };
  /** Resolves with whether what an earlier process left is known. */
  const readLeft = async (): Promise<boolean> => {
    try {
      merge(toMarks(await store.get(KEY), log));
      return true;
    } catch (error) {
      log.warn({ err: error }, 'the marks that an earlier process left at questions cannot be read');
      return false;
    }
  };
  /** Once for all, as soon as it can be read. */
  const knowLeft = (): Promise<boolean> =>
    (reading ??= readLeft().then((isKnown) => {
      if (!isKnown) reading = undefined;
      return isKnown;
    }));

  /** One write at a time, of what stands then. */
  const write = async (): Promise<void> => {
    while (isStale) {
      isStale = false;
      // All of them are one entry: who writes without having read it forgets what the earlier process left.
      if (!(await knowLeft())) continue;
      try {
        await store.set(KEY, [...standing.values()]);
      } catch (error) {
        log.debug({ err: error }, 'the marks at questions could not be written down');
      }
    }
    writing = undefined;
  };
  const writeAll = (): Promise<void> => {
    isStale = true;
    return (writing ??= write());
  };
  const writeLater = (): void => {
    writeAll().catch((error: unknown) => {
      log.debug({ err: error }, 'the marks at questions could not be written down');
    });
  };

  return {
    async keep(mark) {
      const key = toKey(mark);
      standing.set(key, mark);
      left.delete(key);
      forgetOldest();
      await writeAll();
    },
    drop(mark) {
      const key = toKey(mark);
      left.delete(key);
      if (standing.delete(key)) writeLater();
    },
    async takeLeft() {
      await knowLeft();
      const taken = [...left.values()];
      left.clear();
      return taken;
    },
  };
}

/** An entry of another shape holds nothing that could be kept, so that it may be written over. */
function toMarks(entry: unknown, log: Log): readonly StandingMark[] {
  const marks = marksSchema.safeParse(entry ?? []);
  if (marks.success) return marks.data;
  log.warn({ err: marks.error }, 'the marks that an earlier process left at questions make no sense');
  return [];
}

function toKey({ channelId, messageId, emoji }: StandingMark): string {
  return `${channelId} ${messageId} ${emoji}`;
}
