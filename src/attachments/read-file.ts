import { Buffer } from 'node:buffer';
import { cutText } from '../lib/shorten.ts';
import type { Attachment } from './attachment.ts';
import { decodeText } from './decode-text.ts';
import type { DecodeTurn } from './decode-turns.ts';
import type { Decoder } from './decoder.ts';
import type { Decoded, ImageTask, PdfTask, RefusalReason } from './decoding/protocol.ts';
import { toFileType, type FileType } from './file-type.ts';
import type { AttachmentLimits } from './limits.ts';
import { Unreadable, type AttachmentContent, type Transcriber } from './ports.ts';

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
    const text = cutText(transcript.text, limits.maxTextCharacters);
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

const MAX_LANGUAGE_LENGTH = 16;

/** What stands behind a code fence for a file of that name: its ending, where that is a plain word. */
function toLanguage(fileName: string): string {
  const ending = /\.([a-z\d+#-]+)$/i.exec(fileName)?.[1] ?? '';
  return ending.length <= MAX_LANGUAGE_LENGTH ? ending.toLowerCase() : '';
}

type SizeLimits = Pick<AttachmentLimits, 'maxPixels' | 'maxImageSourceSide'>;

/** The words for what a decoder made of a file. Throws Unreadable. */
function toContent(decoded: Decoded, what: 'image' | 'PDF', limits: SizeLimits): AttachmentContent {
  switch (decoded.kind) {
    case 'refused': {
      const { reason, message } = decoded;
      throw new Unreadable(toReason(reason, what, limits), { cause: new Error(message) });
    }
    case 'image': {
      const { width, height, frames, contentType, bytes } = decoded;
      const description = `image, ${width} × ${height} pixels${frames > 1 ? ', the first frame of an animation' : ''}`;
      return { kind: 'image', url: `data:${contentType};base64,${toText(bytes, 'base64')}`, description };
    }
    case 'text': {
      const { pages, readPages, isCut } = decoded;
      const text = toText(decoded.bytes, 'utf8');
      if (text.trim() === '') throw new Unreadable('holds no text, only pictures of pages perhaps');
      const isWhole = readPages === pages && !isCut;
      const whole = `PDF, ${pages} ${pages === 1 ? 'page' : 'pages'}`;
      const part = `PDF, ${isCut ? 'the beginning' : `the first ${readPages}`} of ${pages} pages`;
      return { kind: 'text', text, description: isWhole ? whole : part };
    }
  }
}

function toReason(
  reason: RefusalReason,
  what: 'image' | 'PDF',
  { maxPixels, maxImageSourceSide }: SizeLimits,
): string {
  switch (reason) {
    case 'memory':
      return 'unpacks to more than I can hold';
    case 'time':
      return 'takes too long to read';
    case 'broken':
      return what === 'image' ? 'is a broken image' : 'is a PDF that cannot be read';
    case 'pixels':
      return `has more than ${Math.round(maxPixels / 1_000_000)} million pixels`;
    case 'side':
      return `is longer than ${maxImageSourceSide.toLocaleString('en')} pixels on one side`;
    case 'detail':
      return 'has more detail than can be shown to the model';
    case 'locked':
      return 'is protected by a password';
  }
}

function toText(bytes: Uint8Array, encoding: 'base64' | 'utf8'): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding);
}
