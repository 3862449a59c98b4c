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
  let writing: Promise<void> | undefined;
  let isStale = false;

  /** One write at a time, of what stands then. */
  const write = async (): Promise<void> => {
    while (isStale) {
      isStale = false;
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
      standing.set(toKey(mark), mark);
      for (const oldest of standing.keys()) {
        if (standing.size <= MAX_MARKS) break;
        standing.delete(oldest);
      }
      await writeAll();
    },
    drop(mark) {
      if (standing.delete(toKey(mark))) writeLater();
    },
    async takeLeft() {
      try {
        const left = marksSchema.parse((await store.get(KEY)) ?? []);
        const others = left.filter((mark) => !standing.has(toKey(mark)));
        for (const mark of others) standing.set(toKey(mark), mark);
        return others;
      } catch (error) {
        log.warn({ err: error }, 'the marks that an earlier process left at questions cannot be read');
        return [];
      }
    },
  };
}

function toKey({ channelId, messageId, emoji }: StandingMark): string {
  return `${channelId} ${messageId} ${emoji}`;
}
