import type { ChatMessage } from '../memory/chat-message.ts';
import type { Model, ToolDescription } from '../model/ports.ts';
import { countMessages, fitToWindow, textsOf } from './context-window.ts';

export interface FitPromptOptions {
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
