import { z } from 'zod';
import { chatMessageSchema, toolCallSchema } from '../memory/chat-message.ts';
import { answerFileSchema } from './answer-file.ts';
import type { AgentStep } from './ports.ts';

const modelReplySchema = z.strictObject({
  text: z.string(),
  refusal: z.string().exactOptional(),
  toolCalls: z.array(toolCallSchema),
  finishReason: z.enum(['stop', 'length', 'tool-calls', 'content-filter']),
  usage: z.strictObject({ inputTokens: z.number(), outputTokens: z.number() }).exactOptional(),
  model: z.string(),
  isFallback: z.literal(true).exactOptional(),
});

const toolResultSchema = z.strictObject({
  toolCallId: z.string(),
  name: z.string(),
  content: z.string(),
  isError: z.boolean(),
  durationMs: z.number(),
  isUnknown: z.literal(true).exactOptional(),
  files: z.array(answerFileSchema).exactOptional(),
});

/** Reads a step that was written down by an earlier process. */
export const agentStepSchema: z.ZodType<AgentStep> = z.strictObject({
  steering: z.array(chatMessageSchema).exactOptional(),
  reply: modelReplySchema,
  results: z.array(toolResultSchema),
  isUnderWay: z.literal(true).exactOptional(),
});
