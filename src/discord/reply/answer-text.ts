import type { RunOutcome } from '../../runs/ports.ts';
import { toFinalContents, toFinalText } from './final-text.ts';
import type { MessageContent } from './message-body.ts';
import { createPartStream, isBlank, splitParts } from './split-message.ts';
import type { Part } from './split-message.ts';

/** The words of one answer, from the first piece to the end, and the messages that they make. */
export class AnswerText {
  readonly #stream = createPartStream();
  #streamed = '';
  #contents: readonly MessageContent[] = [];
  #isStale = false;

  /** Characters so far. */
  get length(): number {
    return this.#streamed.length;
  }

  /** Costs next to nothing: messages are made when they are asked for. */
  append(text: string): void {
    this.#streamed += text;
    this.#stream.append(text);
    this.#isStale = true;
  }

  contents(): readonly MessageContent[] {
    if (this.#isStale) this.#set(toContents(this.#stream.parts()));
    return this.#contents;
  }

  /** `existing`: messages that stand there already. */
  end(outcome: RunOutcome, existing: number): void {
    this.#set(toFinalContents(this.#endParts(outcome), existing));
  }

  /** All of it in messages, where a file was refused. */
  withoutFile(outcome: RunOutcome): void {
    this.#set(toContents(splitParts(toFinalText(outcome, this.#streamed))));
  }

  /** There is nothing to be seen. */
  clear(): void {
    this.#set([]);
  }

  #endParts(outcome: RunOutcome): readonly Part[] {
    const text = toFinalText(outcome, this.#streamed);
    if (!text.startsWith(this.#streamed)) return splitParts(text);
    this.#stream.append(text.slice(this.#streamed.length));
    return this.#stream.end();
  }

  #set(contents: readonly MessageContent[]): void {
    this.#contents = contents;
    this.#isStale = false;
  }
}

function toContents(parts: readonly Part[]): MessageContent[] {
  return parts.filter((part) => !isBlank(part)).map(({ content }) => ({ text: content }));
}
