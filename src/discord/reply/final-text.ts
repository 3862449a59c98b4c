import type { RunOutcome, StoppedBy } from '../../runs/ports.ts';
import { fenceAfter, toClosing } from './fence.ts';
import type { MessageContent, OutgoingFile } from './message-body.ts';
import { toFileNote } from './file-note.ts';
import { isBlank, splitMessage } from './split-message.ts';
import type { Part } from './split-message.ts';

/** An answer of more messages than this becomes a file. */
export const MAX_PARTS = 4;

const FILE_NAME = 'answer.md';
const CUT_NOTE = '\n\n-# The answer is longer, but Discord takes no more of it here.';
const MAX_LENGTH = 2000;

/** Discord's own limit of one message. */
const MAX_FILES = 10;

/**
 * The words with which a run ends. `streamed` is the text that came while it worked; it counts where the outcome
 * brings none of its own.
 */
export function toFinalText(outcome: RunOutcome, streamed: string): string {
  const text = outcome.text === '' ? streamed : outcome.text;
  const note = toNote(outcome);
  if (isBlank({ source: text, content: text })) {
    const hasFiles = outcome.kind === 'answered' && outcome.files !== undefined;
    return note ?? (hasFiles ? 'Here you are.' : 'I have no answer to that.');
  }
  if (note === undefined) return text;
  return `${text}${toClosing(text, fenceAfter(text, null))}\n\n${note}`;
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

/** The first of them, the last with a word that this is not all. */
export function toCutContents(contents: readonly MessageContent[], maxMessages: number): MessageContent[] {
  const last = contents[maxMessages - 1]?.text ?? '';
  return [...contents.slice(0, maxMessages - 1), { text: toHead(last, CUT_NOTE) + CUT_NOTE }];
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
