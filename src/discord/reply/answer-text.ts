import { Buffer } from 'node:buffer';
import type { RunOutcome } from '../../runs/ports.ts';
import { foldLongBlocks } from './fold-long-blocks.ts';
import { toCutContents, toFinalContents, toFinalText } from './final-text.ts';
import type { MessageContent, OutgoingFile } from './message-body.ts';
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
    if (this.#isStale) {
      const folded = foldLongBlocks(this.#streamed);
      const isFolded = folded.files.length > 0;
      this.#set(toContents(isFolded ? splitParts(folded.text) : this.#stream.parts()));
    }
    return this.#contents;
  }

  /** `existing`: messages that stand there already; `mayGrow`: whether there may be more of them. */
  end(outcome: RunOutcome, existing: number, mayGrow = true): void {
    const text = toFinalText(outcome, this.#streamed);
    const folded = foldLongBlocks(text);
    const parts = folded.files.length > 0 ? splitParts(folded.text) : this.#endParts(text);
    const files = [...toOutgoingFiles(outcome), ...folded.files];
    this.#set(toFinalContents({ text, parts, files }, existing, mayGrow));
  }

  /** All of it in messages, where a file was refused; what is beyond `maxMessages` is cut, and said to be. */
  withoutFiles(outcome: RunOutcome, maxMessages: number): void {
    const names = toOutgoingFiles(outcome).map(({ name }) => name);
    const missing = names.length === 0 ? '' : `\n\n-# I may not attach files here: ${names.join(', ')}`;
    const contents = toContents(splitParts(toFinalText(outcome, this.#streamed) + missing));
    this.#set(contents.length <= maxMessages ? contents : toCutContents(contents, maxMessages));
  }

  /** There is nothing to be seen. */
  clear(): void {
    this.#set([]);
  }

  #endParts(text: string): readonly Part[] {
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

function toOutgoingFiles(outcome: RunOutcome): OutgoingFile[] {
  const files = outcome.kind === 'answered' ? (outcome.files ?? []) : [];
  return files.map(({ name, contentType, base64 }) => {
    return { name, contentType, data: Buffer.from(base64, 'base64') };
  });
}
