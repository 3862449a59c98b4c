import { cutMiddle } from '../lib/shorten.ts';
import type { ChatMessage, ContentPart } from '../memory/chat-message.ts';
import type { Model, ToolDescription } from '../model/ports.ts';

interface WindowOptions {
  /** What messages and tools may take together. */
  readonly maxInputTokens: number;
  readonly countTokens: (text: string) => number;
  readonly tools: readonly ToolDescription[];
  /** Index of the first message of what is asked. */
  readonly questionAt: number;
}

/** Role, separators and the like of one message. */
const MESSAGE_OVERHEAD_TOKENS = 4;
/** Below this nothing is gained by cutting. */
const MIN_CUT_LENGTH = 100;
/** About what a large image costs at the best-known providers. */
const IMAGE_TOKENS = 1_000;

/**
 * The messages that a model call gets: the system prompt and what is asked always, also what joined it later; of the
 * rest what fits. The oldest whole turns go first, then the oldest steps of this run; so a tool call is never parted
 * from its result. What is still too long after that (one huge question, one step's huge results) is cut in the middle.
 * The same input gives the same output; the work is linear in the messages.
 */
export function fitToWindow(
  messages: readonly ChatMessage[],
  options: WindowOptions,
): readonly ChatMessage[] {
  const counts = messages.map((message) => countMessage(message, options.countTokens));
  const space = options.maxInputTokens - sum(options.tools.map((tool) => options.countTokens(toText(tool))));
  if (sum(counts) <= space) return messages;

  const { system, turns, own } = toUnits(messages, counts, options.questionAt);
  const steps = own.filter(({ isStep }) => isStep);
  const latest = steps.pop();
  const needed = own.filter((unit) => !unit.isStep || unit === latest);
  const left = space - system.tokens - sumTokens(needed);
  if (left < 0) {
    const texts = needed.flatMap((unit) => unit.messages);
    return [...system.messages, ...shorten(texts, Math.max(0, space - system.tokens), options.countTokens)];
  }
  const keptSteps = takeLatest(steps, left);
  const keptTurns = keptSteps.length < steps.length ? [] : takeLatest(turns, left - sumTokens(keptSteps));
  const kept = new Set([...needed, ...keptSteps]);
  return [system, ...keptTurns, ...own.filter((unit) => kept.has(unit))].flatMap((unit) => unit.messages);
}

interface FitPromptOptions {
  readonly model: Model;
  /** What messages and tools may take together. */
  readonly maxInputTokens: number;
  readonly tools: readonly ToolDescription[];
  /** Index of the first message that belongs to the run: the question, what it did, and what joined it. */
  readonly questionAt: number;
}

/** Up to this part of the window the estimates are near enough: none but hostile text has so many more tokens. */
const ROOMY_PART = 0.6;

/** Whether the messages fit for sure, so that they need not be counted exactly. */
export function hasRoom(
  messages: readonly ChatMessage[],
  { model, maxInputTokens, tools }: Omit<FitPromptOptions, 'questionAt'>,
): boolean {
  const estimate = (text: string): number => model.countTokens(text);
  return countMessages(messages, tools, estimate) <= maxInputTokens * ROOMY_PART;
}

/** Fits messages into the window. Only a prompt that comes near to it is worth an exact count. */
export async function fitPrompt(
  messages: readonly ChatMessage[],
  options: FitPromptOptions,
  signal: AbortSignal,
): Promise<readonly ChatMessage[]> {
  if (hasRoom(messages, options)) return messages;
  const { model, maxInputTokens, tools, questionAt } = options;
  const estimate = (text: string): number => model.countTokens(text);
  if (model.countExactly === undefined)
    return fitToWindow(messages, { maxInputTokens, tools, questionAt, countTokens: estimate });
  const texts = textsOf(messages, tools);
  const counts = await model.countExactly(texts, signal);
  const byText = new Map(texts.map((text, index) => [text, counts[index]]));
  const countTokens = (text: string): number => byText.get(text) ?? estimate(text);
  return fitToWindow(messages, { maxInputTokens, tools, questionAt, countTokens });
}

/** Estimated tokens of a model call's input. */
export function countMessages(
  messages: readonly ChatMessage[],
  tools: readonly ToolDescription[],
  countTokens: CountTokens,
): number {
  let tokens = 0;
  for (const message of messages) tokens += countMessage(message, countTokens);
  for (const tool of tools) tokens += countTokens(toText(tool));
  return tokens;
}

/** Every text that is counted for these, each once. */
function textsOf(messages: readonly ChatMessage[], tools: readonly ToolDescription[]): string[] {
  const texts = new Set<string>();
  countMessages(messages, tools, (text) => {
    texts.add(text);
    return 0;
  });
  return [...texts];
}

/** Messages that stay or go together. */
interface Unit {
  readonly messages: readonly ChatMessage[];
  readonly tokens: number;
  /** An assistant's message of this run, with the results of its tool calls. */
  readonly isStep: boolean;
}

interface Units {
  readonly system: Unit;
  /** Each from a user's message to before the next. */
  readonly turns: readonly Unit[];
  /** What is asked and the steps of this run, in their order. */
  readonly own: readonly Unit[];
}

function toUnits(messages: readonly ChatMessage[], counts: readonly number[], questionAt: number): Units {
  const toUnit = (from: number, to: number): Unit => ({
    messages: messages.slice(from, to),
    tokens: sum(counts.slice(from, to)),
    isStep: messages[from]?.role !== 'user',
  });
  const toUnitsBetween = (
    from: number,
    to: number,
    begins: (role: ChatMessage['role']) => boolean,
  ): Unit[] => {
    const starts: number[] = [];
    for (let at = from; at < to; at += 1) {
      const role = messages[at]?.role;
      if (at === from || (role !== undefined && begins(role))) starts.push(at);
    }
    return starts.map((start, index) => toUnit(start, starts[index + 1] ?? to));
  };
  const firstOther = messages.findIndex(({ role }) => role !== 'system');
  const systemEnd = firstOther === -1 ? messages.length : firstOther;
  return {
    system: toUnit(0, systemEnd),
    turns: toUnitsBetween(systemEnd, questionAt, (role) => role === 'user'),
    own: toUnitsBetween(Math.max(systemEnd, questionAt), messages.length, (role) => role !== 'tool'),
  };
}

/** The longest end of the list that fits. */
function takeLatest(units: readonly Unit[], budget: number): Unit[] {
  let tokens = 0;
  const firstKept = units.findLastIndex((unit) => (tokens += unit.tokens) > budget) + 1;
  return units.slice(firstKept);
}

/** Cuts texts until the messages fit: the budget is shared out, and who needs less than a share leaves the rest. */
function shorten(messages: readonly ChatMessage[], budget: number, countTokens: CountTokens): ChatMessage[] {
  const counts = messages.map((message) => countMessage(message, countTokens));
  const bySize = [...counts.keys()].sort((left, right) => (counts[left] ?? 0) - (counts[right] ?? 0));
  let left = budget;
  let sharers = messages.length;
  const shares = new Map<number, number>();
  for (const index of bySize) {
    const share = Math.min(counts[index] ?? 0, Math.floor(left / sharers));
    shares.set(index, share);
    left -= share;
    sharers -= 1;
  }
  return messages.map((message, index) => {
    const tokens = counts[index] ?? 0;
    const share = shares.get(index) ?? 0;
    return share >= tokens ? message : shortenMessage(message, share / tokens);
  });
}

/** Keeps about `part` (0–1) of a message's text, a little less so that the notice fits as well. */
function shortenMessage(message: ChatMessage, part: number): ChatMessage {
  const cut = (text: string): string =>
    cutMiddle(text, Math.max(MIN_CUT_LENGTH, Math.floor(text.length * part * 0.9)));
  if (typeof message.content === 'string') return { ...message, content: cut(message.content) };
  const parts = message.content.map((each): ContentPart =>
    each.type === 'text' ? { type: 'text', text: cut(each.text) } : each,
  );
  return { role: 'user', content: parts };
}

type CountTokens = WindowOptions['countTokens'];

function countMessage(message: ChatMessage, countTokens: CountTokens): number {
  let tokens = MESSAGE_OVERHEAD_TOKENS;
  if (typeof message.content === 'string') {
    tokens += countTokens(message.content);
  } else {
    for (const part of message.content)
      tokens += part.type === 'text' ? countTokens(part.text) : IMAGE_TOKENS;
  }
  if (message.role === 'assistant') {
    for (const call of message.toolCalls ?? [])
      tokens += countTokens(call.name) + countTokens(call.arguments);
  }
  return tokens;
}

const toolTexts = new WeakMap<ToolDescription, string>();

function toText(tool: ToolDescription): string {
  let text = toolTexts.get(tool);
  if (text === undefined) {
    text = JSON.stringify(tool);
    toolTexts.set(tool, text);
  }
  return text;
}

function sumTokens(units: readonly Unit[]): number {
  return sum(units.map((unit) => unit.tokens));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
