import { LongBlockFolder } from './fold-long-blocks.ts';
import { HarmlessText } from './harmless-text.ts';
import type { OutgoingFile } from './block-files.ts';
import { createPartStream } from './split-message.ts';
import type { Part } from './split-message.ts';

/** A whole answer as it may be seen. */
export interface FinishedMarkdown {
  /** All of it. */
  readonly text: string;
  /** Of the beginning of what is shown of it: more than an answer has messages, where there are more. */
  readonly parts: readonly Part[];
  /** Long blocks, whole. */
  readonly files: readonly OutgoingFile[];
}

const MAX_LENGTH = 2000;
/** No answer has as many messages; of a text of more it is enough to know that there are more. */
const MAX_PARTS = 12;

/**
 * A model's text on its way to messages: made harmless, long blocks folded, split. Each stage takes in only what is
 * new and lets through only what stays, so that the work is linear and what was shown only grows.
 */
export class AnswerMarkdown {
  readonly #harmless = new HarmlessText();
  readonly #folder: LongBlockFolder;
  readonly #stream = createPartStream({ maxParts: MAX_PARTS });
  #text = '';

  /** `maxFiles`: of long blocks. */
  constructor(maxFiles: number) {
    this.#folder = new LongBlockFolder(maxFiles);
  }

  append(text: string): void {
    this.#take(this.#harmless.push(text));
  }

  /** What is to be seen meanwhile. */
  parts(): readonly Part[] {
    const parts = this.#stream.parts();
    const { progress } = this.#folder;
    const last = parts.at(-1);
    const isInFence = last !== undefined && !last.content.endsWith(last.source);
    if (progress === '' || !isInFence) return parts;
    // In place of the backticks that close what there is of the block.
    const content = last.content.slice(0, last.content.lastIndexOf('```')) + progress;
    return content.length > MAX_LENGTH ? parts : [...parts.slice(0, -1), { ...last, content }];
  }

  /** The text is complete; `notes` are words of our own below it. */
  end(notes: readonly string[] = []): FinishedMarkdown {
    this.#take(this.#harmless.end());
    if (notes.length > 0) this.#take(`${this.#closing()}${notes.join('\n\n')}`);
    const rest = this.#folder.end();
    this.#stream.append(rest);
    const { files } = this.#folder;
    return { text: this.#text, files, parts: this.#stream.end() };
  }

  #closing(): string {
    if (!this.#harmless.isInFence) return '\n\n';
    return this.#text.endsWith('\n') ? '```\n\n' : '\n```\n\n';
  }

  #take(harmless: string): void {
    this.#text += harmless;
    this.#stream.append(this.#folder.push(harmless));
  }
}
