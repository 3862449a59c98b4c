import { z } from 'zod';
import { agentStepSchema } from '../agent/agent-step.ts';
import { answerFileSchema } from '../agent/answer-file.ts';
import type { AgentStep } from '../agent/ports.ts';
import { chatMessageSchema } from '../memory/chat-message.ts';
import type { Turn } from '../memory/ports.ts';
import type { Log } from '../observability/log.ts';
import { StoreUnavailableError } from '../errors.ts';
import { refuseNewerRecord } from '../storage/record-version.ts';
import type { NewRun, RunRow, RunRowPatch, RunTable } from '../storage/run-table.ts';
import { createOwedWrites, type OwedWritesOptions } from './owed-writes.ts';
import type { Gaps } from './gaps.ts';
import type { RunOutcome } from './ports.ts';
import { runSchema, type Run } from './run.ts';

/** How a run ended and what is to be remembered of it. */
export interface RunEnding {
  readonly outcome: RunOutcome;
  readonly turn: Turn | null;
  /** It was not taken, and this is what its person is told in place of an answer. */
  readonly refusal?: string;
}

/** A run as an earlier process left it. */
export interface StoredRun {
  readonly run: Run;
  readonly steps: readonly AgentStep[];
  /** Messages that stand in the channel, in the order of the answer's parts. */
  readonly messageIds: readonly string[];
  readonly ending: RunEnding | null;
  readonly isDelivered: boolean;
  /** How often a process has begun to work on it. */
  readonly attempts: number;
}

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
  begin(runId: string): Promise<void>;
  saveStep(runId: string, index: number, step: AgentStep): Promise<void>;
  saveReceipt(runId: string, messageIds: readonly string[]): Promise<void>;
  end(runId: string, ending: RunEnding): Promise<void>;
  markDelivered(runId: string, messageIds: readonly string[]): Promise<void>;
  /** The run's outcome is shown and its memory durable: nothing is left to do. For a run that has ended. */
  retire(runId: string): Promise<void>;
  /** Tries to write what the store did not take. */
  flush(): Promise<void>;
  /** What earlier processes left, oldest first. A record that cannot be read is logged and left alone. */
  list(): Promise<readonly StoredRun[]>;
}

const outcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answered'),
    text: z.string(),
    notice: z.string().exactOptional(),
    files: z.array(answerFileSchema).exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('cancelled'),
    text: z.string(),
    by: z.enum(['requester', 'moderator', 'shutdown', 'deleted', 'interrupted', 'expired', 'outdated']),
  }),
  z.strictObject({ kind: z.literal('failed'), text: z.string(), notice: z.string() }),
]);

const endingSchema = z.strictObject({
  outcome: outcomeSchema,
  turn: z
    .strictObject({
      runId: z.string(),
      at: z.number(),
      messages: z.array(chatMessageSchema),
      messageIds: z.array(z.string()),
    })
    .nullable(),
  refusal: z.string().exactOptional(),
});

const receiptSchema = z.array(z.string());

export interface RunStoreOptions {
  readonly table: RunTable;
  readonly log: Log;
  /** What cursors stay before. */
  readonly gaps?: Pick<Gaps, 'hold' | 'cursorFor'>;
  /** Before what the store did not take is tried again, ms. */
  readonly retry?: Pick<OwedWritesOptions, 'minDelayMs' | 'maxDelayMs'>;
}

export function createRunStore({ table, log, gaps, retry }: RunStoreOptions): RunStore {
  const owed = createOwedWrites({ log, ...retry });
  const patch = async (runId: string, change: RunRowPatch): Promise<void> => {
    await owed.write(runId, () => table.patch(runId, change));
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
    begin: (runId) => patch(runId, { isNewAttempt: true }),
    async saveStep(runId, index, step) {
      const text = JSON.stringify(step);
      await owed.write(runId, () => table.saveStep(runId, index, text));
    },
    saveReceipt: (runId, messageIds) => patch(runId, { receipt: JSON.stringify(messageIds) }),
    end: (runId, ending) => patch(runId, { ending: JSON.stringify(ending) }),
    markDelivered: (runId, messageIds) =>
      patch(runId, { isDelivered: true, receipt: JSON.stringify(messageIds) }),
    async retire(runId) {
      await owed.write(runId, () => table.retire(runId));
    },
    flush: () => owed.flush(),
    async list() {
      const rows = await table.list();
      return rows.flatMap((row) => {
        try {
          return [parseStoredRun(row)];
        } catch (error) {
          log.error({ err: error, runId: row.id }, 'a run that was written down cannot be read');
          return [];
        }
      });
    },
  };
}

/**
 * A thread that was opened for a message has its id; the message itself stands in the channel of the thread. Where
 * the bot is no member nothing can be read later.
 */
function toChannelIds({ id, channelId, audience, origin }: Run): string[] {
  if (origin.kind === 'interaction' && origin.isForeign) return [];
  const isOpenedForIt = channelId === id && audience.kind === 'channel';
  return isOpenedForIt ? [channelId, audience.channelId] : [channelId];
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

/** Throws where the row is not one that this program wrote. */
export function parseStoredRun({ record, receipt, ending, steps, isDelivered, attempts }: RunRow): StoredRun {
  const run: unknown = JSON.parse(record);
  refuseNewerRecord(run, 1);
  return {
    run: runSchema.parse(run),
    steps: steps.map((step) => agentStepSchema.parse(JSON.parse(step))),
    messageIds: receipt === null ? [] : receiptSchema.parse(JSON.parse(receipt)),
    ending: ending === null ? null : endingSchema.parse(JSON.parse(ending)),
    isDelivered,
    attempts,
  };
}
