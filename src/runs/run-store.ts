import { z } from 'zod';
import { agentStepSchema } from '../agent/agent-step.ts';
import { answerFileSchema } from '../agent/answer-file.ts';
import type { AgentStep } from '../agent/ports.ts';
import { chatMessageSchema } from '../memory/chat-message.ts';
import type { Turn } from '../memory/ports.ts';
import type { Log } from '../observability/log.ts';
import { refuseNewerRecord } from '../storage/record-version.ts';
import type { RunRow, RunTable } from '../storage/run-table.ts';
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
 * runs all the same, without that promise: every method but `admit` and `list` logs a failure and goes on.
 */
export interface RunStore {
  /** What is written down outlives the process. */
  readonly isDurable: boolean;
  /** Resolves when the run is durable; false where its message was taken before. Throws StoreUnavailableError. */
  admit(run: Run, options: { readonly isAgain: boolean }): Promise<boolean>;
  update(run: Run): Promise<void>;
  begin(runId: string): Promise<void>;
  saveStep(runId: string, index: number, step: AgentStep): Promise<void>;
  saveReceipt(runId: string, messageIds: readonly string[]): Promise<void>;
  end(runId: string, ending: RunEnding): Promise<void>;
  markDelivered(runId: string, messageIds: readonly string[]): Promise<void>;
  /** The run's outcome is shown and its memory durable: nothing is left to do. For a run that has ended. */
  retire(runId: string): Promise<void>;
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

export function createRunStore({ table, log }: { table: RunTable; log: Log }): RunStore {
  const attempt = async (runId: string, write: () => Promise<void>): Promise<void> => {
    try {
      await write();
    } catch (error) {
      log.warn({ err: error, runId }, 'the run goes on without being written down');
    }
  };
  return {
    isDurable: table.isDurable,
    admit: (run, { isAgain }) =>
      table.admit({
        id: run.id,
        channelIds: toChannelIds(run),
        createdAt: run.createdAt,
        record: JSON.stringify(run),
        isAgain,
      }),
    update: (run) => attempt(run.id, () => table.patch(run.id, { record: JSON.stringify(run) })),
    begin: (runId) => attempt(runId, () => table.patch(runId, { isNewAttempt: true })),
    saveStep: (runId, index, step) =>
      attempt(runId, () => table.saveStep(runId, index, JSON.stringify(step))),
    saveReceipt: (runId, messageIds) =>
      attempt(runId, () => table.patch(runId, { receipt: JSON.stringify(messageIds) })),
    end: (runId, ending) => attempt(runId, () => table.patch(runId, { ending: JSON.stringify(ending) })),
    markDelivered: (runId, messageIds) =>
      attempt(runId, () => table.patch(runId, { isDelivered: true, receipt: JSON.stringify(messageIds) })),
    retire: (runId) => attempt(runId, () => table.retire(runId)),
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

/** A thread that was opened for a message has its id; the message itself stands in the channel of the thread. */
function toChannelIds({ id, channelId, audience }: Run): string[] {
  const isOpenedForIt = channelId === id && audience.kind === 'channel';
  return isOpenedForIt ? [channelId, audience.channelId] : [channelId];
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
