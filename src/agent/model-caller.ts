import { ModelError } from '../errors.ts';
import type { ChatMessage } from '../memory/chat-message.ts';
import type { ModelReply, ToolDescription } from '../model/ports.ts';
import { toToolDescription } from './tool-description.ts';
import { countMessages } from './context-window.ts';
import { fitPrompt } from './fit-prompt.ts';
import type { AgentRun } from './agent-run.ts';

/** `withTools: false` asks for an answer instead of further tool calls. */
export type CallModel = (options: { withTools: boolean }, signal: AbortSignal) => Promise<ModelReply>;

const ANSWER_NOW =
  'No more tools can be used for this answer. Answer now from what you have, and say so if something is missing.';

/**
 * Calls the model with what fits of the conversation, and passes its words on. A conversation that the server
 * finds too long is trimmed to half, once in a run, and if that does not help, begins anew with the question, which the
 * outcome says; a reply without any content is asked for once more.
 */
export function createModelCaller({ task, ports, emit, transcript }: AgentRun): CallModel {
  const descriptions = ports.tools.map(toToolDescription);
  const countTokens = (text: string): number => ports.model.countTokens(text);
  let maxInputTokens = ports.limits.maxInputTokens;
  let isTrimmed = false;
  let { messages: given } = task;

  const onText = (delta: string): void => {
    if (delta !== '') emit({ type: 'text-delta', text: transcript.say(delta) });
  };

  /** Makes room after the server found `sent` too long. False: there is nothing left to leave out. */
  const makeRoom = (sent: readonly ChatMessage[], tools: readonly ToolDescription[]): boolean => {
    if (!isTrimmed) {
      isTrimmed = true;
      maxInputTokens = Math.floor(Math.min(maxInputTokens, countMessages(sent, tools, countTokens)) / 2);
      return true;
    }
    const alone = withoutEarlierTurns(given);
    if (alone.length === given.length) return false;
    given = alone;
    transcript.leaveOutEarlier();
    return true;
  };

  const callOnce: CallModel = async ({ withTools }, signal) => {
    const tools = withTools ? descriptions : [];
    const all = [...(withTools ? given : withNotice(given)), ...transcript.messages];
    const messages = await fitPrompt(all, { model: ports.model, maxInputTokens, tools }, signal);
    const { model, context } = task;
    try {
      const request = { messages, tools, userId: context.userId, ...(model === undefined ? {} : { model }) };
      const reply = await ports.model.complete(request, onText, signal);
      transcript.count(reply.usage);
      return reply;
    } catch (error) {
      if (!(error instanceof ModelError) || error.kind !== 'context-too-long') throw error;
      if (!makeRoom(messages, tools)) throw error;
      return callOnce({ withTools }, signal);
    }
  };

  return async (options, signal) => {
    let reply = await callOnce(options, signal);
    if (isEmpty(reply)) reply = await callOnce(options, signal);
    // What was not streamed is said now: an unstreamed answer, or the words of a refusal.
    if (transcript.stepText === '') onText(reply.text === '' ? (reply.refusal ?? '') : reply.text);
    return reply;
  };
}

function isEmpty(reply: ModelReply): boolean {
  const hasWords = reply.text.trim() !== '' || reply.refusal !== undefined;
  return !hasWords && reply.toolCalls.length === 0 && reply.finishReason === 'stop';
}

/** The system prompt and the question. */
function withoutEarlierTurns(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const question = messages.findLastIndex(({ role }) => role === 'user');
  return messages.filter(({ role }, index) => role === 'system' || index >= question);
}

/** Said in the system prompt, since not every server takes a system message elsewhere. */
function withNotice(messages: readonly ChatMessage[]): ChatMessage[] {
  const [first, ...others] = messages;
  if (first?.role === 'system') {
    return [{ role: 'system', content: `${first.content}\n\n${ANSWER_NOW}` }, ...others];
  }
  return [{ role: 'system', content: ANSWER_NOW }, ...messages];
}
