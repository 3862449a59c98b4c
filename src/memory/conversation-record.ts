import { z } from 'zod';
import { refuseNewerRecord } from '../storage/record-version.ts';
import type { ChatMessage, ToolCall } from './chat-message.ts';
import { turnSchema, type Turn } from './ports.ts';

/** Removed runs that a record remembers; the oldest go first. */
const MAX_REMOVED_RUNS = 50;

const recordSchema = z.strictObject({
  version: z.literal(1),
  /** Also the record's key; kept inside so that one under a wrong key is not used. */
  conversationId: z.string(),
  turns: z.array(turnSchema).readonly(),
  /** Turns asked for until then are gone and stay so, epoch ms; null: never reset. */
  resetAt: z.number().nullable(),
  /** Turns of these runs asked for until then are gone and stay so. */
  removedRuns: z.array(z.strictObject({ runId: z.string(), at: z.number() })).readonly(),
});

/** A conversation as it is stored. Never changed: each of the functions here makes a new one. */
export type ConversationRecord = z.infer<typeof recordSchema>;

/** What a conversation keeps at most; the oldest whole turns go first. */
export interface ConversationLimits {
  readonly maxTurns: number;
  /** Of all turns together, about as JSON. */
  readonly maxBytes: number;
}

export function createEmptyRecord(conversationId: string, resetAt: number | null = null): ConversationRecord {
  return { version: 1, conversationId, turns: [], resetAt, removedRuns: [] };
}

/** `stored`: what the store gave, undefined for nothing. Throws where it is not a record of this conversation. */
export function parseRecord(conversationId: string, stored: unknown): ConversationRecord {
  if (stored === undefined) return createEmptyRecord(conversationId);
  refuseNewerRecord(stored, 1);
  const record = recordSchema.parse(stored);
  if (record.conversationId !== conversationId) throw new Error('The record is of another conversation');
  return { ...record, turns: record.turns.map(repairTurn) };
}

/** Whether two records of a conversation hold the same, as far as their ends tell. */
export function isSameState(one: ConversationRecord, other: ConversationRecord): boolean {
  return toState(one) === toState(other);
}

function toState({ turns, resetAt, removedRuns }: ConversationRecord): string {
  const [first, last, removed] = [turns[0], turns.at(-1), removedRuns.at(-1)];
  const counts = [turns.length, removedRuns.length];
  return JSON.stringify([counts, first?.runId, last?.runId, removed?.runId, removed?.at, resetAt]);
}

/** Takes the place of an earlier turn of its run. The same record, if the turn is in it already, was reset or removed. */
export function withTurn(
  record: ConversationRecord,
  turn: Turn,
  limits: ConversationLimits,
): ConversationRecord {
  const known = record.turns.find(({ runId }) => runId === turn.runId);
  const isKnown = known !== undefined && (known.at > turn.at || isSameTurn(known, turn));
  const isRemoved = record.removedRuns.some(({ runId, at }) => runId === turn.runId && turn.at <= at);
  const isReset = record.resetAt !== null && turn.at <= record.resetAt;
  if (isKnown || isRemoved || isReset) return record;
  const repaired = repairTurn(turn);
  // Told more of, it keeps its place; made once more, it comes last.
  const turns =
    known?.at === turn.at
      ? record.turns.map((each) => (each === known ? repaired : each))
      : [...record.turns.filter((each) => each !== known), repaired];
  return { ...record, turns: withinLimits(turns, limits) };
}

/** The messages of an answer may be told later than its words. */
function isSameTurn(known: Turn, turn: Turn): boolean {
  return known.at === turn.at && known.messageIds.length >= turn.messageIds.length;
}

/** Turns of the run that were asked for after `at` stay: they came later, also when this is applied anew. */
export function withoutTurn(record: ConversationRecord, runId: string, at: number): ConversationRecord {
  const others = record.removedRuns.filter((removed) => removed.runId !== runId);
  return {
    ...record,
    turns: record.turns.filter((turn) => turn.runId !== runId || turn.at > at),
    removedRuns: [...others, { runId, at }].slice(-MAX_REMOVED_RUNS),
  };
}

function withinLimits(turns: readonly Turn[], { maxTurns, maxBytes }: ConversationLimits): readonly Turn[] {
  let first = turns.length;
  let bytes = 0;
  while (first > 0 && turns.length - first < maxTurns) {
    const next = turns[first - 1];
    bytes += next ? sizeOfTurn(next) : 0;
    if (bytes > maxBytes) break;
    first -= 1;
  }
  return turns.slice(first);
}

/** Turns are never changed, and each is measured again with every turn that follows it. */
const turnSizes = new WeakMap<Turn, number>();

/** Bytes, about those of its JSON. */
export function sizeOfTurn(turn: Turn): number {
  let size = turnSizes.get(turn);
  if (size !== undefined) return size;
  size =
    TURN_OVERHEAD_BYTES +
    sum(turn.messageIds, (id) => Buffer.byteLength(id)) +
    sum(turn.messages, sizeOfMessage);
  turnSizes.set(turn, size);
  return size;
}

/** Names of fields, quotes and what else stands around the texts. */
const TURN_OVERHEAD_BYTES = 65;
const MESSAGE_OVERHEAD_BYTES = 32;
const PART_OVERHEAD_BYTES = 35;

function sizeOfMessage(message: ChatMessage): number {
  const size = MESSAGE_OVERHEAD_BYTES + sizeOfContent(message.content);
  if (message.role === 'tool') return size + Buffer.byteLength(message.toolCallId);
  return message.role === 'assistant' ? size + sum(message.toolCalls ?? [], sizeOfToolCall) : size;
}

function sizeOfContent(content: ChatMessage['content']): number {
  if (typeof content === 'string') return Buffer.byteLength(content);
  return sum(
    content,
    (part) => PART_OVERHEAD_BYTES + Buffer.byteLength(part.type === 'text' ? part.text : part.url),
  );
}

function sizeOfToolCall({ id, name, arguments: text }: ToolCall): number {
  return PART_OVERHEAD_BYTES + Buffer.byteLength(id) + Buffer.byteLength(name) + Buffer.byteLength(text);
}

function sum<T>(items: readonly T[], sizeOf: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += sizeOf(item);
  return total;
}

export function sizeOfRecord({ turns }: ConversationRecord): number {
  return sum(turns, sizeOfTurn);
}

function repairTurn(turn: Turn): Turn {
  return { ...turn, messages: repairTurns(turn.messages) };
}

/** What stands for the result of a call that was never answered; model servers refuse a call without one. */
export const INTERRUPTED_RESULT = 'Error: interrupted before it finished.';

/**
 * Makes a stored history one that model servers accept: each tool call is followed by its result, in the order of
 * the calls, and no result stands without its call. Missing results become errors, stray ones go; everything else
 * stays as it is.
 */
export function repairTurns(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const repaired: ChatMessage[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') continue;
    repaired.push(message);
    if (message.role !== 'assistant' || !message.toolCalls) continue;
    repaired.push(...resultsOf(message.toolCalls, resultsAfter(messages, index)));
  }
  return repaired;
}

type ToolMessage = Extract<ChatMessage, { role: 'tool' }>;

/** The results that follow directly on a message. */
function resultsAfter(messages: readonly ChatMessage[], index: number): ToolMessage[] {
  const results: ToolMessage[] = [];
  for (const message of messages.slice(index + 1)) {
    if (message.role !== 'tool') break;
    results.push(message);
  }
  return results;
}

/** One result for each call. An id that a server used twice takes its results one after another. */
function resultsOf(calls: readonly ToolCall[], results: ToolMessage[]): ToolMessage[] {
  return calls.map(({ id }) => {
    const index = results.findIndex(({ toolCallId }) => toolCallId === id);
    const [result] = index === -1 ? [] : results.splice(index, 1);
    return result ?? { role: 'tool', toolCallId: id, content: INTERRUPTED_RESULT };
  });
}
