import type { Attachment } from './attachment.ts';
import { decodeText } from './decode-text.ts';
import { toFileType, type FileType } from './file-type.ts';
import type { AttachmentLimits } from './limits.ts';
import type { AttachmentContent, Transcriber } from './ports.ts';
import { createImageReader } from './read-image.ts';
import { createPdfReader } from './read-pdf.ts';
import { toLanguage } from './language.ts';
import { Unreadable } from './unreadable.ts';

export interface FileReaderOptions {
  readonly transcriber: Transcriber;
  readonly limits: AttachmentLimits;
}

export type ReadFile = (
  attachment: Attachment,
  bytes: Uint8Array,
  signal: AbortSignal,
) => Promise<AttachmentContent>;

/** Chooses by the first bytes how a file is read. Throws Unreadable, or what its reader throws. */
export function createFileReader({ transcriber, limits }: FileReaderOptions): ReadFile {
  const readImage = createImageReader({
    maxPixels: limits.maxPixels,
    maxSide: limits.maxImageSide,
    maxEncodedBytes: limits.maxImageBytes,
    timeoutMs: limits.imageTimeoutMs,
  });
  const readPdf = createPdfReader({
    maxPages: limits.maxPdfPages,
    maxCharacters: limits.maxTextCharacters,
    timeoutMs: limits.pdfTimeoutMs,
    maxMemoryMb: limits.maxPdfMemoryMb,
  });

  const transcribe = async (
    { isVoice }: Attachment,
    { extension, contentType }: Extract<FileType, { kind: 'audio' }>,
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<AttachmentContent> => {
    const recording = { bytes, name: `recording.${extension}`, contentType };
    const transcript = await transcriber.transcribe(recording, signal);
    if (transcript.kind === 'unavailable') {
      throw new Unreadable('cannot be listened to: the model server of this bot transcribes no speech');
    }
    if (transcript.text.trim() === '') throw new Unreadable('holds no speech');
    const text = transcript.text.slice(0, limits.maxTextCharacters).toWellFormed();
    return { kind: 'text', text, description: `transcript of a ${isVoice ? 'voice message' : 'recording'}` };
  };

  return async (attachment, bytes, signal) => {
    if (bytes.length === 0) throw new Unreadable('is empty');
    const type = toFileType(bytes);
    switch (type.kind) {
      case 'image':
        return readImage(bytes, type.format, signal);
      case 'pdf':
        return readPdf(bytes, signal);
      case 'audio':
        return transcribe(attachment, type, bytes, signal);
      case 'other':
        throw new Unreadable(`is ${type.name}, which I cannot read`);
      case 'unknown':
        return readText(attachment, bytes, limits.maxTextCharacters);
    }
  };
}

function readText({ name }: Attachment, bytes: Uint8Array, maxCharacters: number): AttachmentContent {
  const decoded = decodeText(bytes, maxCharacters);
  if (!decoded) throw new Unreadable('is of a kind that I cannot read');
  if (decoded.text.trim() === '') throw new Unreadable('is empty');
  const { text, isCut } = decoded;
  const description = isCut ? `text, the first ${text.length} characters of ${bytes.length} bytes` : 'text';
  return { kind: 'text', text, description, language: toLanguage(name) };
}
