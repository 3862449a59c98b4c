import type { Attachment } from './attachment.ts';
import { decodeText } from './decode-text.ts';
import type { DecodeTurn } from './decode-turns.ts';
import { toContent } from './decoded-content.ts';
import type { Decoder } from './decoder.ts';
import type { Decoded, ImageTask, PdfTask } from './decoding/protocol.ts';
import { toFileType, type FileType } from './file-type.ts';
import type { AttachmentLimits } from './limits.ts';
import type { AttachmentContent, Transcriber } from './ports.ts';
import { toLanguage } from './language.ts';
import { Unreadable } from './unreadable.ts';

export interface Decoders {
  readonly image: Decoder<ImageTask>;
  readonly pdf: Decoder<PdfTask>;
}

export interface FileReaderOptions {
  readonly transcriber: Transcriber;
  readonly decoders: Decoders;
  readonly limits: AttachmentLimits;
}

/** `decodeTurn`: that of the question. */
export type ReadFile = (
  attachment: Attachment,
  bytes: Uint8Array,
  decodeTurn: DecodeTurn,
  signal: AbortSignal,
) => Promise<AttachmentContent>;

/** Chooses by the first bytes how a file is read. Throws Unreadable, or what its reader throws. */
export function createFileReader({ transcriber, decoders, limits }: FileReaderOptions): ReadFile {
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

  const decode = async (
    bytes: Uint8Array,
    type: Extract<FileType, { kind: 'image' | 'pdf' }>,
    maxCpuMs: number,
    signal: AbortSignal,
  ): Promise<Decoded> => {
    const bounds = { maxMemoryMb: limits.maxDecoderMemoryMb, maxCpuMs };
    if (type.kind === 'image') {
      const { maxPixels, maxImageSourceSide: maxSide, maxImageSide: shownSide, maxImageBytes } = limits;
      const sizes = { maxPixels, maxSide, shownSide, maxEncodedBytes: maxImageBytes };
      return decoders.image.decode({ format: type.format, ...sizes, ...bounds }, bytes, signal);
    }
    const { maxPdfPages: maxPages, maxTextCharacters: maxCharacters } = limits;
    return decoders.pdf.decode({ maxPages, maxCharacters, ...bounds }, bytes, signal);
  };

  return async (attachment, bytes, decodeTurn, signal) => {
    if (bytes.length === 0) throw new Unreadable('is empty');
    const type = toFileType(bytes);
    switch (type.kind) {
      case 'image':
      case 'pdf': {
        const decoded = await decodeTurn(signal, (maxCpuMs, decodeSignal) =>
          decode(bytes, type, maxCpuMs, decodeSignal),
        );
        return toContent(decoded, type.kind === 'image' ? 'image' : 'PDF', limits);
      }
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
