import { z } from 'zod';
import { agentStepSchema } from '../agent/agent-step.ts';
import type { AgentStep } from '../agent/ports.ts';
import { turnSchema, type Turn } from '../memory/ports.ts';
import { refuseNewerRecord } from '../storage/record-version.ts';
import type { RunRow } from '../storage/run-table.ts';
import { outcomeSchema } from './ports.ts';
import { runSchema, type Run } from './run.ts';

const rememberedSchema: z.ZodType<Turn | null> = turnSchema.nullable();

/** How a run ended and what is to be remembered of it. */
export const endingSchema = z.strictObject({
  outcome: outcomeSchema,
  turn: rememberedSchema,
  /** It was not taken, and this is what its person is told in place of an answer. */
  refusal: z.string().exactOptional(),
});
export type RunEnding = Readonly<z.infer<typeof endingSchema>>;

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
