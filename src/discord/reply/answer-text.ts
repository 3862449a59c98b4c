import { Buffer } from 'node:buffer';
import { toUploadName } from '../../lib/upload-name.ts';
import type { RunOutcome } from '../../runs/ports.ts';
import { AnswerMarkdown } from '../markdown/answer-markdown.ts';
import type { FinishedMarkdown } from '../markdown/answer-markdown.ts';
import type { OutgoingFile } from '../markdown/outgoing-file.ts';
import { isBlank } from '../markdown/split-message.ts';
import type { Part } from '../markdown/split-message.ts';
import { MAX_FILES, toCutContents, toFinalContents, toFinalWords, toMissingNote } from './final-text.ts';
import type { FinalWords } from './final-text.ts';
import type { MessageContent } from './message-body.ts';

/** One is left for the whole answer, where that becomes a file. */
const MAX_FOLDED = MAX_FILES - 1;

/** The words of one answer, from the first piece to the end, and the messages that they make. */
export class AnswerText {
  /** Made with the first word: many answers wait for theirs. */
  #markdown: AnswerMarkdown | undefined;
  #streamed = '';
  #contents: readonly MessageContent[] = [];
  #isStale = false;

  /** Characters so far. */
  get length(): number {
    return this.#streamed.length;
  }

  append(text: string): void {
    this.#streamed += text;
    this.#markdown ??= new AnswerMarkdown(MAX_FOLDED);
    this.#markdown.append(text);
    this.#isStale = true;
  }

  contents(): readonly MessageContent[] {
    if (this.#isStale) this.#set(toContents(this.#markdown?.parts() ?? []));
    return this.#contents;
  }

  /** `existing`: messages that stand there already; `mayGrow`: whether there may be more of them. */
  end(outcome: RunOutcome, existing: number, mayGrow = true): void {
    const words = toFinalWords(outcome, this.#streamed);
    const files = toOutgoingFiles(outcome);
    const maxFolded = MAX_FOLDED - files.length;
    const goesOn = words.text.startsWith(this.#streamed);
    const streamed = goesOn ? this.#end(words) : toMarkdown(words, MAX_FOLDED);
    // There is room for fewer than were folded: then more of the answer stays text.
    const finished =
      streamed.files.length <= maxFolded ? streamed : toMarkdown(words, Math.max(0, maxFolded));
    this.#set(toFinalContents({ ...finished, files: [...files, ...finished.files] }, existing, mayGrow));
  }

  /** As much as may be in messages, where a file was refused. */
  withoutFiles(outcome: RunOutcome, maxMessages: number): void {
    const names = toOutgoingFiles(outcome).map(({ name }) => name);
    const words = toFinalWords(outcome, this.#streamed);
    const notes = names.length === 0 ? words.notes : [...words.notes, toMissingNote(names)];
    const { text, parts } = toMarkdown({ text: words.text, notes }, 0);
    this.#set(toCutContents(toContents(parts), { maxMessages, notes, characters: text.length }));
  }

  /** There is nothing to be seen. */
  clear(): void {
    this.#set([]);
  }

  #end({ text, notes }: FinalWords): FinishedMarkdown {
    const markdown = this.#markdown ?? new AnswerMarkdown(MAX_FOLDED);
    markdown.append(text.slice(this.#streamed.length));
    return markdown.end(notes);
  }

  #set(contents: readonly MessageContent[]): void {
    this.#contents = contents;
    this.#isStale = false;
  }
}

function toMarkdown({ text, notes }: FinalWords, maxFolded: number): FinishedMarkdown {
  const markdown = new AnswerMarkdown(maxFolded);
  markdown.append(text);
  return markdown.end(notes);
}

function toContents(parts: readonly Part[]): MessageContent[] {
  return parts.filter((part) => !isBlank(part)).map(({ content }) => ({ text: content }));
}

function toOutgoingFiles(outcome: RunOutcome): OutgoingFile[] {
  const files = outcome.kind === 'answered' ? (outcome.files ?? []) : [];
  return files.map(({ name, contentType, base64 }) => {
    return { name: toUploadName(name), contentType, data: Buffer.from(base64, 'base64') };
  });
}
