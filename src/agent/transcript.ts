import type { ChatMessage } from '../memory/chat-message.ts';
import type { ModelReply, Usage } from '../model/ports.ts';
import type { AnswerFile } from './answer-file.ts';
import type { AgentOutcome, AgentStep, StopReason } from './ports.ts';

/** Between the texts of two steps. */
const STEP_SEPARATOR = '\n\n';

/** All that a reply says. */
export function toWords({ text, refusal = '' }: ModelReply): string {
  return text.trim() === '' || refusal === '' ? refusal || text : `${text}\n\n${refusal}`;
}

/** What a run has said and done so far; complete at any moment, so that a run can end at any moment. */
export class Transcript {
  readonly #messages: ChatMessage[] = [];
  readonly #files: AnswerFile[] = [];
  #text = '';
  /** Text of the step under way. */
  #stepText = '';
  #steps = 0;
  #inputTokens = 0;
  #outputTokens = 0;
  #fallbackModel: string | undefined;
  #isWithoutEarlier = false;
  readonly #unknownTools: string[] = [];

  get steps(): number {
    return this.#steps;
  }

  /** Something visible was said. */
  get hasText(): boolean {
    return this.#text.trim() !== '';
  }

  get stepText(): string {
    return this.#stepText;
  }

  /** What the run added to the conversation: whole steps only. */
  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  /** Takes text of the step under way; returns it as it is to be shown, apart from the steps before. */
  say(delta: string): string {
    const shown = this.#stepText === '' && this.hasText ? STEP_SEPARATOR + delta : delta;
    this.#stepText += delta;
    this.#text += shown;
    return shown;
  }

  count(usage: Usage | undefined): void {
    this.#inputTokens += usage?.inputTokens ?? 0;
    this.#outputTokens += usage?.outputTokens ?? 0;
  }

  /** The earlier turns did not fit. */
  leaveOutEarlier(): void {
    this.#isWithoutEarlier = true;
  }

  /** Takes in what was said meanwhile, before the next step. */
  join(messages: readonly ChatMessage[]): void {
    this.#messages.push(...messages);
  }

  endStep({ reply, results }: AgentStep): void {
    this.#steps += 1;
    this.#stepText = '';
    if (reply.isFallback) this.#fallbackModel = reply.model;
    const content = toWords(reply);
    if (results.length > 0) {
      this.#messages.push({ role: 'assistant', content, toolCalls: [...reply.toolCalls] });
    } else if (content.trim() !== '') {
      this.#messages.push({ role: 'assistant', content });
    }
    for (const result of results) {
      this.#files.push(...(result.files ?? []));
      if (result.isUnknown) this.#unknownTools.push(result.name);
      this.#messages.push({ role: 'tool', toolCallId: result.toolCallId, content: result.content });
    }
  }

  toOutcome(stopReason: StopReason, error?: unknown): AgentOutcome {
    // A step that was broken off leaves what the person saw of it, without its unanswered tool calls.
    const seen: ChatMessage[] =
      this.#stepText.trim() === '' ? [] : [{ role: 'assistant', content: this.#stepText }];
    return {
      stopReason,
      text: this.#text,
      ...(this.#files.length > 0 && { files: this.#files }),
      messages: [...this.#messages, ...seen],
      steps: this.#steps,
      usage: { inputTokens: this.#inputTokens, outputTokens: this.#outputTokens },
      ...(this.#fallbackModel === undefined ? {} : { fallbackModel: this.#fallbackModel }),
      ...(this.#isWithoutEarlier && { isWithoutEarlier: true as const }),
      ...(this.#unknownTools.length > 0 && { unknownTools: [...new Set(this.#unknownTools)] }),
      ...(error === undefined ? {} : { error }),
    };
  }
}
