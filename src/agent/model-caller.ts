import { z } from 'zod';
import { ModelError } from '../errors.ts';
import type { Deadline } from '../lib/abort.ts';
import type { ChatMessage } from '../memory/chat-message.ts';
import type { ModelReply, ToolDescription } from '../model/ports.ts';
import type { Tool } from '../tools/tool.ts';
import { countMessages, fitPrompt, hasRoom } from './context-window.ts';
import type { AgentRun } from './agent-run.ts';

const ANSWER_NOW =
  'No more tools can be used for this answer. Answer now from what you have, and say so if something is missing.';

const NO_TOOLS: readonly ToolDescription[] = [];

/**
 * Calls the model with what fits of the conversation, and passes its words on. A conversation that the server
 * finds too long is trimmed to half, once in a run, and if that does not help, begins anew with the question, which the
 * outcome says; a reply without any content is asked for once more.
 */
export class ModelCaller {
  readonly #run: AgentRun;
  #given: readonly ChatMessage[];
  #maxInputTokens: number;
  #isTrimmed = false;

  constructor(run: AgentRun) {
    this.#run = run;
    this.#given = run.task.messages;
    this.#maxInputTokens = run.ports.limits.maxInputTokens;
  }

  /** `withTools: false` asks for an answer instead of further tool calls. */
  async call(withTools: boolean, deadline: Deadline): Promise<ModelReply> {
    const { ports, task, transcript } = this.#run;
    const { signal } = deadline;
    const tools = withTools ? ports.tools.map(toToolDescription) : NO_TOOLS;
    const onText = (delta: string): void => {
      this.#run.say(delta);
    };
    deadline.beginPart('A step', ports.limits.stepTimeoutMs);
    for (let isSecond = false; ;) {
      const given = withTools ? this.#given : withNotice(this.#given);
      const questionAt = given.length - (task.questionCount ?? 1);
      const options = { model: ports.model, maxInputTokens: this.#maxInputTokens, tools, questionAt };
      const all = [...given, ...transcript.messages];
      const messages = hasRoom(all, options) ? all : await fitPrompt(all, options, signal);
      let reply: ModelReply;
      try {
        const { context, model } = task;
        const request = {
          messages,
          tools,
          userId: context.userId,
          ...(model === undefined ? {} : { model }),
        };
        reply = await ports.model.complete(request, onText, signal);
      } catch (error) {
        if (!isTooLong(error) || !this.#makeRoom(messages, tools)) throw error;
        continue;
      }
      transcript.count(reply.usage);
      if (isEmpty(reply) && !isSecond) {
        isSecond = true;
        continue;
      }
      deadline.endPart();
      // What was not streamed is said now: an unstreamed answer, and the words of a refusal, also behind others.
      if (transcript.stepText === '') this.#run.say(reply.text);
      if (reply.refusal) this.#run.say(`${transcript.stepText.trim() && '\n\n'}${reply.refusal}`);
      return reply;
    }
  }

  /** Makes room after the server found `sent` too long. False: there is nothing left to leave out. */
  #makeRoom(sent: readonly ChatMessage[], tools: readonly ToolDescription[]): boolean {
    const { ports, transcript } = this.#run;
    if (!this.#isTrimmed) {
      this.#isTrimmed = true;
      const sentTokens = countMessages(sent, tools, (text) => ports.model.countTokens(text));
      this.#maxInputTokens = Math.floor(Math.min(this.#maxInputTokens, sentTokens) / 2);
      return true;
    }
    const questionAt = this.#given.length - (this.#run.task.questionCount ?? 1);
    const alone = this.#given.filter(({ role }, index) => role === 'system' || index >= questionAt);
    if (alone.length === this.#given.length) return false;
    this.#given = alone;
    transcript.leaveOutEarlier();
    return true;
  }
}

function isTooLong(error: unknown): boolean {
  return error instanceof ModelError && error.kind === 'context-too-long';
}

function isEmpty(reply: ModelReply): boolean {
  const hasWords = reply.text.trim() !== '' || reply.refusal !== undefined;
  return !hasWords && reply.toolCalls.length === 0 && reply.finishReason === 'stop';
}

/** Said in the system prompt, since not every server takes a system message elsewhere. */
function withNotice(messages: readonly ChatMessage[]): ChatMessage[] {
  const [first, ...others] = messages;
  if (first?.role === 'system') {
    return [{ role: 'system', content: `${first.content}\n\n${ANSWER_NOW}` }, ...others];
  }
  return [{ role: 'system', content: ANSWER_NOW }, ...messages];
}

const descriptions = new WeakMap<Tool, ToolDescription>();

/** The tool as the model is told of it. Made once per tool. */
export function toToolDescription(tool: Tool): ToolDescription {
  let description = descriptions.get(tool);
  if (description === undefined) {
    // `input`: what the model writes, in which a field with a default may be missing.
    const parameters: Record<string, unknown> = { ...z.toJSONSchema(tool.parameters, { io: 'input' }) };
    delete parameters['$schema'];
    description = { name: tool.name, description: tool.description, parameters };
    descriptions.set(tool, description);
  }
  return description;
}
