import { Buffer } from 'node:buffer';
import { toUploadName } from '../../lib/upload-name.ts';
import type { RunOutcome, StoppedBy } from '../../runs/ports.ts';
import { AnswerMarkdown } from './answer-markdown.ts';
import type { FinishedMarkdown } from './answer-markdown.ts';
import type { OutgoingFile } from './block-files.ts';
import { toFileNote } from './file-note.ts';
import { isBlank, splitMessage } from './split-message.ts';
import type { Part } from './split-message.ts';

/** An answer of more messages than this becomes a file. */
export const MAX_PARTS = 4;

/** Where the whole cannot go with it as a file, an answer has at most so many messages: a channel is for talking. */
const MAX_MESSAGES = 10;

const FILE_NAME = 'answer.md';
const MAX_LENGTH = 2000;
/** Of what stands below an answer; leaves room for some of it. */
const MAX_NOTE = 1500;

/** Discord's own limit of one message. */
const MAX_FILES = 10;

/** One is left for the whole answer, where that becomes a file. */
const MAX_FOLDED = MAX_FILES - 1;

/** What one message of an answer shows. */
export interface MessageText {
  readonly text: string;
  /** Where it is given, the message has these files and no others. */
  readonly files?: readonly OutgoingFile[] | undefined;
}

/** The words of one answer, from the first piece to the end, and the messages that they make. */
export class AnswerText {
  /** Made with the first word: many answers wait for theirs. */
  #markdown: AnswerMarkdown | undefined;
  #streamed = '';
  #contents: readonly MessageText[] = [];
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

  contents(): readonly MessageText[] {
    if (this.#isStale) this.#set(toContents(this.#markdown?.parts() ?? []));
    return this.#contents;
  }

  /** `existing`: messages that stand there already; `mayGrow`: whether there may be more of them. */
  end(outcome: RunOutcome, existing: number, mayGrow: boolean): void {
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
    const notes =
      names.length === 0
        ? words.notes
        : [...words.notes, `-# I may not attach files here: ${names.join(', ')}`];
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

  #set(contents: readonly MessageText[]): void {
    this.#contents = contents;
    this.#isStale = false;
  }
}

function toMarkdown({ text, notes }: FinalWords, maxFolded: number): FinishedMarkdown {
  const markdown = new AnswerMarkdown(maxFolded);
  markdown.append(text);
  return markdown.end(notes);
}

function toContents(parts: readonly Part[]): MessageText[] {
  return parts.filter((part) => !isBlank(part)).map(({ content }) => ({ text: content }));
}

function toOutgoingFiles(outcome: RunOutcome): OutgoingFile[] {
  const files = outcome.kind === 'answered' ? (outcome.files ?? []) : [];
  return files.map(({ name, contentType, base64 }) => {
    return { name: toUploadName(name), contentType, data: Buffer.from(base64, 'base64') };
  });
}

/** With what a run ends. */
interface FinalWords {
  /** The model's. */
  readonly text: string;
  /** Ours, below it. */
  readonly notes: readonly string[];
}

/** `streamed` is the text that came while it worked; it counts where the outcome brings none of its own. */
function toFinalWords(outcome: RunOutcome, streamed: string): FinalWords {
  const text = outcome.text === '' ? streamed : outcome.text;
  const note = toNote(outcome);
  if (!isBlank({ source: text, content: text })) return { text, notes: note === undefined ? [] : [note] };
  const hasFiles = outcome.kind === 'answered' && outcome.files !== undefined;
  return { text: note ?? (hasFiles ? 'Here you are.' : 'I have no answer to that.'), notes: [] };
}

function toNote(outcome: RunOutcome): string | undefined {
  return outcome.kind === 'cancelled' ? CANCELLED_NOTES[outcome.by] : outcome.notice;
}

const CANCELLED_NOTES = {
  requester: '(stopped)',
  moderator: '(stopped by a moderator)',
  deleted: '(stopped)',
  interrupted: '(interrupted by your next message)',
  expired: '(I stopped here: Discord takes this answer for no longer than 15 minutes.)',
  outdated: '(I stopped here: the talk has gone on.)',
  shutdown: '(I have to restart and stopped here. Please ask again in a minute.)',
} as const satisfies Record<StoppedBy, string>;

/**
 * The messages that show a final text, the last one with its files. One too long for four messages becomes a file,
 * held by the last of the messages that stand there already (`existing`), the first at least; the same where there may be
 * no more than these.
 */
function toFinalContents(
  { text, parts, files }: FinishedMarkdown,
  existing: number,
  mayGrow: boolean,
): MessageText[] {
  const contents = toContents(parts);
  if (contents.length <= (mayGrow ? MAX_PARTS : Math.max(existing, 1))) return withFiles(contents, files);
  const last = Math.min(Math.max(existing, 1), MAX_PARTS) - 1;
  const note = toFileNote(text);
  const head = toHead(contents[last]?.text ?? '', note);
  const whole = { name: FILE_NAME, contentType: 'text/markdown; charset=utf-8', data: text };
  return withFiles([...contents.slice(0, last), { text: head + note }], [whole, ...files]);
}

/**
 * At most as many of them as Discord takes, and as people bear; then the last one says that of all `characters` some
 * are missing, and where they are, above the `notes` that stand below the whole.
 */
function toCutContents(
  contents: readonly MessageText[],
  { maxMessages, characters, notes }: { maxMessages: number; characters: number; notes: readonly string[] },
): MessageText[] {
  const count = Math.min(maxMessages, MAX_MESSAGES);
  if (contents.length <= count) return [...contents];
  const all = characters.toLocaleString('en');
  const cut = `-# The answer is longer, with ${all} characters in all; the rest is not shown. Where I may attach files it comes as one.`;
  const note = ['', cut, ...notes].join('\n\n').slice(0, MAX_NOTE);
  const last = toHead(contents[count - 1]?.text ?? '', note);
  return [...contents.slice(0, count - 1), { text: last + note }];
}

/** As much of it as leaves room for the note. */
function toHead(text: string, note: string): string {
  const [head = ''] = splitMessage(text, { maxLength: MAX_LENGTH - note.length });
  return head.trimEnd();
}

function withFiles(contents: readonly MessageText[], files: readonly OutgoingFile[]): MessageText[] {
  if (files.length === 0) return [...contents];
  const last = contents.at(-1) ?? { text: '' };
  return [...contents.slice(0, -1), { ...last, files: files.slice(0, MAX_FILES) }];
}
