import type { Attachment } from './attachment.ts';

/** What of an attachment can be put before a model. */
export type AttachmentContent =
  /** `url`: a `data:` URL of a PNG or JPEG, made anew from the pixels. */
  | { readonly kind: 'image'; readonly url: string; readonly description: string }
  | {
      readonly kind: 'text';
      readonly text: string;
      /** `PDF, the first 20 of 45 pages` */
      readonly description: string;
      /** For a code fence: `ts`. Absent where the text is prose. */
      readonly language?: string;
    }
  /** `reason`: the end of a sentence that begins with the file, such as "is larger than 16 MB". */
  | { readonly kind: 'unreadable'; readonly reason: string };

export interface PreparedAttachment {
  readonly id: string;
  readonly name: string;
  readonly isVoice: boolean;
  readonly content: AttachmentContent;
}

export interface AttachmentReader {
  /**
   * Reads all of them at once and resolves with one result for each, in their order. A file that cannot be read is
   * a result that says why. Rejects only with the signal's reason.
   */
  read(
    attachments: readonly Attachment[],
    options: ReadAttachmentsOptions,
    signal: AbortSignal,
  ): Promise<PreparedAttachment[]>;
}

export interface ReadAttachmentsOptions {
  /** Who asks: what reading takes is dealt out fairly among people. */
  readonly userId: string;
  /** The address of the same file, signed anew; undefined where the file is gone. May reject. */
  readonly renew: (attachment: Attachment, signal: AbortSignal) => Promise<string | undefined>;
}

export interface Transcriber {
  /** Rejects with ModelError, or with the signal's reason. */
  transcribe(recording: Recording, signal: AbortSignal): Promise<Transcript>;
}

export interface Recording {
  readonly bytes: Uint8Array;
  /** With the ending that fits the bytes, by which servers tell the format. */
  readonly name: string;
  readonly contentType: string;
}

/** `unavailable`: the model server has no transcription. */
export type Transcript = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'unavailable' };

/**
 * Why a file is not read: its message ends a sentence that begins with the file ("is a ZIP archive, which I do not
 * open"). The cause is for the log.
 */
export class Unreadable extends Error {
  constructor(reason: string, options: { cause?: unknown } = {}) {
    super(reason, options);
    this.name = 'Unreadable';
  }
}
