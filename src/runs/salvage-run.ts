import { z } from 'zod';
import { audienceSchema } from '../memory/audience.ts';
import type { RunRow } from '../storage/run-table.ts';
import { outcomeSchema, type RunOutcome } from './ports.ts';
import { runSchema, type Run } from './run.ts';
import {
  endingSchema,
  parseReceipt,
  parseRunRecord,
  parseSteps,
  type RunEnding,
  type StoredRun,
} from './stored-run.ts';

/** What a person is told whose question was written down and cannot be read any more. */
export const LOST: RunEnding = {
  outcome: {
    kind: 'failed',
    text: '',
    notice: 'I lost track of this question when I was restarted. Please ask it again.',
  },
  turn: null,
};

const FILES_LOST = '(Files that belonged to this answer were lost.)';
const PROMPT_LOST = '(The text of this question was lost. Ask the person to write it again.)';

const { id: idSchema, channelId: channelSchema, guildId, origin, prompt, replaces } = runSchema.shape;
const { text, quotes, attachments } = prompt.shape;

/** Where one of these is not as it should be, the rest still tells whom to tell, and where. */
const lenientRun = z.object({
  conversationId: runSchema.shape.conversationId.catch(''),
  audience: audienceSchema.nullable().catch(null),
  guildId: guildId.catch(null),
  channelId: channelSchema.nullable().catch(null),
  requester: z.object({ id: idSchema.catch('0'), name: z.string().catch('someone') }).catch({
    id: '0',
    name: 'someone',
  }),
  origin: origin.nullable().catch(null),
  prompt: z
    .object({ text: text.catch(PROMPT_LOST), quotes: quotes.catch([]), attachments: attachments.catch([]) })
    .catch({ text: PROMPT_LOST, quotes: [], attachments: [] }),
  replaces: replaces.catch(null),
});

/**
 * Makes of a row that cannot be read as it stands one that can be brought to its end: what is readable of it stays, and
 * where its answer cannot be given any more its person is told so. Undefined where it does not tell where to.
 * `channelId`: where its question was last known to stand.
 */
export function salvageRun(row: RunRow, channelId: string | undefined): StoredRun | undefined {
  const run = attempt(() => parseRunRecord(row.record));
  const told = run ?? toToldRun(row, channelId);
  if (!told) return undefined;
  const steps = attempt(() => parseSteps(row.steps));
  const ending = row.ending === null ? (run && steps ? null : LOST) : readEnding(row.ending);
  return {
    run: told,
    steps: ending === null ? (steps ?? []) : [],
    messageIds: attempt(() => parseReceipt(row.receipt)) ?? [],
    ending,
    isDelivered: row.isDelivered,
    attempts: row.attempts,
  };
}

/** An ending as it can be read again: without what does not fit, if need be. */
export function toReadableEnding(ending: RunEnding): RunEnding {
  return endingSchema.safeParse(ending).success ? ending : readEnding(JSON.stringify(ending));
}

function readEnding(json: string): RunEnding {
  const stored = attempt<unknown>(() => JSON.parse(json));
  const whole = endingSchema.safeParse(stored);
  if (whole.success) return whole.data;
  const parts = z.object({ outcome: z.unknown(), refusal: z.string().optional().catch(undefined) });
  const { data } = parts.safeParse(stored);
  const outcome = data && readOutcome(data.outcome);
  if (!outcome) return LOST;
  return { outcome, turn: null, ...(data.refusal !== undefined && { refusal: data.refusal }) };
}

function readOutcome(stored: unknown): RunOutcome | undefined {
  const whole = outcomeSchema.safeParse(stored);
  if (whole.success) return whole.data;
  const answered = z.object({
    kind: z.literal('answered'),
    text: z.string(),
    notice: z.string().optional().catch(undefined),
  });
  const { data } = answered.safeParse(stored);
  if (!data) return undefined;
  return { ...data, notice: [data.notice, FILES_LOST].filter(Boolean).join(' ') };
}

/** A run of which no more is true than where it was asked, by whom, and what else can be read. */
function toToldRun({ id, createdAt, record }: RunRow, knownChannelId: string | undefined): Run | undefined {
  const read = attempt(() => lenientRun.parse(JSON.parse(record))) ?? lenientRun.parse({});
  const channelId = read.channelId ?? findChannelId(record) ?? knownChannelId;
  if (channelId === undefined || !idSchema.safeParse(id).success) return undefined;
  const { requester } = read;
  return {
    ...read,
    version: 1,
    id,
    createdAt: Math.max(0, Math.trunc(createdAt)),
    conversationId: read.conversationId === '' ? `lost/${id}` : read.conversationId,
    audience: read.audience ?? { kind: 'private', userId: requester.id },
    channelId,
    origin: read.origin ?? { kind: 'message', messageId: id },
    model: null,
  };
}

/** Of a record that broke off, or is no JSON any more; the quotes within a text are escaped, and do not match. */
function findChannelId(record: string): string | undefined {
  return /"guildId":(?:"\d{1,20}"|null),"channelId":"(\d{1,20})"/.exec(record)?.[1];
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    // What is wrong with the row was logged as it was found.
    return undefined;
  }
}
