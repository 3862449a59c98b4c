import type { RunOutcome, StoppedBy } from '../../runs/ports.ts';
import type { MessageContent } from './message-body.ts';
import { toFileNote } from '../markdown/file-note.ts';
import type { OutgoingFile } from '../markdown/outgoing-file.ts';
import { isBlank, splitMessage } from '../markdown/split-message.ts';
import type { Part } from '../markdown/split-message.ts';

/** An answer of more messages than this becomes a file. */
export const MAX_PARTS = 4;

/** Where the whole cannot go with it as a file, an answer has at most so many messages: a channel is for talking. */
const MAX_MESSAGES = 10;

const FILE_NAME = 'answer.md';
const MAX_LENGTH = 2000;
/** Of what stands below an answer; leaves room for some of it. */
const MAX_NOTE = 1500;

/** Discord's own limit of one message. */
export const MAX_FILES = 10;

/** With what a run ends. */
export interface FinalWords {
  /** The model's. */
  readonly text: string;
  /** Ours, below it. */
  readonly notes: readonly string[];
}

/** `streamed` is the text that came while it worked; it counts where the outcome brings none of its own. */
export function toFinalWords(outcome: RunOutcome, streamed: string): FinalWords {
  const text = outcome.text === '' ? streamed : outcome.text;
  const note = toNote(outcome);
  if (!isBlank({ source: text, content: text })) return { text, notes: note === undefined ? [] : [note] };
  const hasFiles = outcome.kind === 'answered' && outcome.files !== undefined;
  return { text: note ?? (hasFiles ? 'Here you are.' : 'I have no answer to that.'), notes: [] };
}

export function toMissingNote(names: readonly string[]): string {
  return `-# I may not attach files here: ${names.join(', ')}`;
}

function toNote(outcome: RunOutcome): string | undefined {
  switch (outcome.kind) {
    case 'answered':
      return outcome.notice;
    case 'failed':
      return outcome.notice;
    case 'cancelled':
      return CANCELLED_NOTES[outcome.by];
  }
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

export interface FinalText {
  /** All of it, as it was said. */
  readonly text: string;
  /** Of what is shown of it. */
  readonly parts: readonly Part[];
  /** What goes with it. */
  readonly files: readonly OutgoingFile[];
}

/**
 * The messages that show a final text, the last one with its files. One too long for four messages becomes a file,
 * held by the last of the messages that stand there already (`existing`), the first at least; the same where there may be
 * no more than these.
 */
export function toFinalContents(
  { text, parts, files }: FinalText,
  existing: number,
  mayGrow = true,
): MessageContent[] {
  const visible = parts.filter((part) => !isBlank(part));
  if (visible.length <= (mayGrow ? MAX_PARTS : Math.max(existing, 1)))
    return withFiles(
      visible.map(({ content }) => ({ text: content })),
      files,
    );
  const last = Math.min(Math.max(existing, 1), MAX_PARTS) - 1;
  const contents: MessageContent[] = visible.slice(0, last).map(({ content }) => ({ text: content }));
  const note = toFileNote(text);
  const head = toHead(visible[last]?.content ?? '', note);
  const whole = { name: FILE_NAME, contentType: 'text/markdown; charset=utf-8', data: text };
  return withFiles([...contents, { text: head + note }], [whole, ...files]);
}

/**
 * At most as many of them as Discord takes, and as people bear; then the last one says that of all `characters` some
 * are missing, and where they are, above the `notes` that stand below the whole.
 */
export function toCutContents(
  contents: readonly MessageContent[],
  { maxMessages, characters, notes }: { maxMessages: number; characters: number; notes: readonly string[] },
): MessageContent[] {
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

function withFiles(contents: readonly MessageContent[], files: readonly OutgoingFile[]): MessageContent[] {
  if (files.length === 0) return [...contents];
  const last = contents.at(-1) ?? { text: '' };
  return [...contents.slice(0, -1), { ...last, files: files.slice(0, MAX_FILES) }];
}
