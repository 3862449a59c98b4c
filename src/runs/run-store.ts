import { agentStepSchema } from '../agent/agent-step.ts';
import type { AgentStep } from '../agent/ports.ts';
import type { Log } from '../observability/log.ts';
import { StoreUnavailableError } from '../errors.ts';
import type { NewRun, RunRow, RunRowPatch, RunTable } from '../storage/run-table.ts';
import { createOwedWrites, type OwedWritesOptions } from './owed-writes.ts';
import type { Gaps } from './gaps.ts';
import { toQuestionChannelId, type Run } from './run.ts';
import { LOST, salvageRun, toReadableEnding } from './salvage-run.ts';
import { parseStoredRun, type RunEnding, type StoredRun } from './stored-run.ts';

export type { RunEnding, StoredRun } from './stored-run.ts';

/**
 * Runs under way, so that none is lost with the process. A run that is admitted while the store is out of reach
 * runs all the same, without that promise until the store is back: what it did not take is written then, so no method
 * but `list` ever rejects.
 */
export interface RunStore {
  /** What is written down outlives the process. */
  readonly isDurable: boolean;
  /**
   * Resolves when the run is durable, or cannot be for now; with false where its message was taken before. `isAgain`:
   * it begins from the start, with a question that may be another; of what was written of it, only the messages stay.
   */
  admit(run: Run, options: { readonly isAgain: boolean }): Promise<boolean>;
  /** The run asks something else as well from now on, and goes on. */
  update(run: Run): Promise<void>;
  /** Questions joined the run: they are its own from now on, and nothing is left of them but their claims. */
  join(run: Run, questionIds: readonly string[]): Promise<void>;
  begin(runId: string): Promise<void>;
  saveStep(runId: string, index: number, step: AgentStep): Promise<void>;
  saveReceipt(runId: string, messageIds: readonly string[]): Promise<void>;
  end(runId: string, ending: RunEnding): Promise<void>;
  markDelivered(runId: string, messageIds: readonly string[]): Promise<void>;
  /** The run's outcome is shown and its memory durable: nothing is left to do. For a run that has ended. */
  retire(runId: string): Promise<void>;
  /** Tries to write what the store did not take. */
  flush(): Promise<void>;
  /**
   * What earlier processes left, oldest first. Where a record cannot be read, what is left of it ends in a sentence to
   * its person, once; where it does not even tell whom to tell, it is logged and goes.
   */
  list(): Promise<readonly StoredRun[]>;
}

export interface RunStoreOptions {
  readonly table: RunTable;
  readonly log: Log;
  /** What cursors stay before. */
  readonly gaps?: Pick<Gaps, 'hold' | 'cursorFor'>;
  /** Before what the store did not take is tried again, ms. */
  readonly retry?: Pick<OwedWritesOptions, 'minDelayMs' | 'maxDelayMs'>;
}

/** It is answered with the run that it joined. */
const JOINED: RunEnding = { outcome: { kind: 'answered', text: '' }, turn: null };

/** Of channels with later questions, among which one of a lost question is looked for. */
const MAX_CURSORS = 100_000;

export function createRunStore({ table, log, gaps, retry }: RunStoreOptions): RunStore {
  const owed = createOwedWrites({ log, ...retry });
  const patch = async (runId: string, change: RunRowPatch): Promise<void> => {
    await owed.write(runId, () => table.patch(runId, change));
  };
  const tryToParse = (row: RunRow): StoredRun | undefined => {
    try {
      return parseStoredRun(row);
    } catch (error) {
      log.error({ err: error, runId: row.id }, 'a run that was written down cannot be read');
      return undefined;
    }
  };

  /** What becomes of it is written down before it is shown, as every outcome. */
  const salvage = async (row: RunRow): Promise<StoredRun | undefined> => {
    const stored = salvageRun(row, undefined) ?? salvageRun(row, await findChannel(table, row.id));
    if (stored) {
      const { run, messageIds, ending } = stored;
      await patch(row.id, {
        record: JSON.stringify(run),
        receipt: JSON.stringify(messageIds),
        ...(ending && { ending: JSON.stringify(ending) }),
      });
      return stored;
    }
    log.error({ runId: row.id }, 'it is not known where this question was asked: nobody is told');
    await patch(row.id, { ending: JSON.stringify(LOST) });
    await owed.write(row.id, () => table.retire(row.id));
    return undefined;
  };

  return {
    isDurable: table.isDurable,
    async admit(run, { isAgain }) {
      const { id, createdAt } = run;
      const channelIds = toChannelIds(run);
      const row = { id, createdAt, isAgain, record: JSON.stringify(run) };
      // While its claim is owed, what is asked later must not move a cursor past it.
      const isFetchable = run.origin.kind === 'message';
      const releases = isFetchable ? channelIds.map((channelId) => gaps?.hold(channelId, id)) : [];
      const release = (): void => {
        for (const one of releases) one?.();
      };
      const admit = async (): Promise<boolean> => {
        try {
          const isNew = await table.admit({ ...row, cursors: toCursors(channelIds, id, gaps) });
          release();
          return isNew;
        } catch (error) {
          if (!(error instanceof StoreUnavailableError)) release();
          throw error;
        }
      };
      // Out of reach, a run counts as new: better answered twice than never.
      return (await owed.write(id, admit)) ?? true;
    },
    update: (run) => patch(run.id, { record: JSON.stringify(run) }),
    async join(run, questionIds) {
      const [record, ending] = [JSON.stringify(run), JSON.stringify(JOINED)];
      // In this order and as one, so that a question is always in one of the two rows at least.
      await owed.write(run.id, async () => {
        await table.patch(run.id, { record });
        for (const id of questionIds) {
          await table.patch(id, { ending });
          await table.retire(id);
        }
      });
    },
    begin: (runId) => patch(runId, { isNewAttempt: true }),
    async saveStep(runId, index, step) {
      const text = JSON.stringify(step);
      if (isReadable(step, text)) {
        await owed.write(runId, () => table.saveStep(runId, index, text));
        return;
      }
      log.error({ runId, index }, 'a step that could not be read again is not written down');
      // Should the process die now, nothing that was done is done again and the person is told. What `end` writes, counts.
      await patch(runId, { ending: JSON.stringify(LOST) });
    },
    saveReceipt: (runId, messageIds) => patch(runId, { receipt: JSON.stringify(messageIds) }),
    async end(runId, ending) {
      const readable = toReadableEnding(ending);
      if (readable !== ending)
        log.error({ runId }, 'an ending could not be read again as it is: not all of it is kept');
      await patch(runId, { ending: JSON.stringify(readable) });
    },
    markDelivered: (runId, messageIds) =>
      patch(runId, { isDelivered: true, receipt: JSON.stringify(messageIds) }),
    async retire(runId) {
      await owed.write(runId, () => table.retire(runId));
    },
    flush: () => owed.flush(),
    async list() {
      const left: StoredRun[] = [];
      for (const row of await table.list()) {
        const stored = tryToParse(row) ?? (await salvage(row));
        if (stored) left.push(stored);
      }
      return left;
    },
  };
}

/** What is absent and what is undefined is the same once it is written. */
function isReadable(step: AgentStep, text: string): boolean {
  return agentStepSchema.safeParse(step).success || agentStepSchema.safeParse(JSON.parse(text)).success;
}

/** Where the question stands and where it is answered. Where the bot is no member nothing can be read later. */
function toChannelIds(run: Run): string[] {
  const { channelId, origin } = run;
  if (origin.kind === 'interaction' && origin.isForeign) return [];
  const questionChannelId = toQuestionChannelId(run);
  return questionChannelId === channelId ? [channelId] : [channelId, questionChannelId];
}

/** The channel whose last question it was. */
async function findChannel(table: RunTable, runId: string): Promise<string | undefined> {
  if (!/^\d{1,20}$/.test(runId)) return undefined;
  const after = String(BigInt(runId) - 1n);
  const cursors = await table.cursors({ after, limit: MAX_CURSORS });
  return [...cursors].find(([, messageId]) => messageId === runId)?.[0];
}

function toCursors(
  channelIds: readonly string[],
  runId: string,
  gaps: RunStoreOptions['gaps'],
): NewRun['cursors'] {
  if (!gaps) return channelIds.map((channelId) => [channelId, runId]);
  return channelIds.flatMap((channelId) => {
    const messageId = gaps.cursorFor(channelId, runId);
    return messageId === undefined ? [] : [[channelId, messageId] as const];
  });
}
