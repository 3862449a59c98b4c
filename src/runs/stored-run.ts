import { z } from 'zod';
import { agentStepSchema } from '../agent/agent-step.ts';
import { answerFileSchema } from '../agent/answer-file.ts';
import type { AgentStep } from '../agent/ports.ts';
import { turnSchema, type Turn } from '../memory/ports.ts';
import { refuseNewerRecord } from '../storage/record-version.ts';
import type { RunRow } from '../storage/run-table.ts';
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

export const outcomeSchema = z.discriminatedUnion('kind', [
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

export const endingSchema = z.strictObject({
  outcome: outcomeSchema,
  turn: turnSchema.nullable(),
  refusal: z.string().exactOptional(),
});

const receiptSchema = z.array(z.string());

/** Throws where the row is not one that this program wrote. */
export function parseStoredRun(row: RunRow): StoredRun {
  return {
    run: parseRunRecord(row.record),
    steps: parseSteps(row.steps),
    messageIds: parseReceipt(row.receipt),
    ending: row.ending === null ? null : endingSchema.parse(JSON.parse(row.ending)),
    isDelivered: row.isDelivered,
    attempts: row.attempts,
  };
}

export function parseRunRecord(record: string): Run {
  const run: unknown = JSON.parse(record);
  refuseNewerRecord(run, 1);
  return runSchema.parse(run);
}

export function parseSteps(steps: readonly string[]): AgentStep[] {
  return steps.map((step) => agentStepSchema.parse(JSON.parse(step)));
}

export function parseReceipt(receipt: string | null): string[] {
  return receipt === null ? [] : receiptSchema.parse(JSON.parse(receipt));
}
