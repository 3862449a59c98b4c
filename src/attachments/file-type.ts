import { Buffer } from 'node:buffer';

export type ImageFormat = 'png' | 'jpeg' | 'gif' | 'webp';

export type FileType =
  | { readonly kind: 'image'; readonly format: ImageFormat }
  | { readonly kind: 'pdf' }
  | { readonly kind: 'audio'; readonly extension: string; readonly contentType: string }
  /** A format that is not read. `name`: how a sentence calls it, "a ZIP archive". */
  | { readonly kind: 'other'; readonly name: string }
  /** No known format: text, or bytes of any kind. */
  | { readonly kind: 'unknown' };

interface Signature {
  readonly bytes: string;
  /** Where they stand (0). */
  readonly at?: number;
  /** What stands at another place as well. */
  readonly and?: { readonly at: number; readonly bytes: string };
  readonly type: FileType;
}

const audio = (extension: string, contentType: string): FileType => ({
  kind: 'audio',
  extension,
  contentType,
});
const image = (format: ImageFormat): FileType => ({ kind: 'image', format });
const other = (name: string): FileType => ({ kind: 'other', name });

/** In latin1. The first that fits counts. */
const signatures: readonly Signature[] = [
  { bytes: '\x89PNG\r\n\x1a\n', type: image('png') },
  { bytes: '\xff\xd8\xff', type: image('jpeg') },
  { bytes: 'GIF87a', type: image('gif') },
  { bytes: 'GIF89a', type: image('gif') },
  { bytes: 'RIFF', and: { at: 8, bytes: 'WEBP' }, type: image('webp') },
  { bytes: 'RIFF', and: { at: 8, bytes: 'WAVE' }, type: audio('wav', 'audio/wav') },
  { bytes: 'OggS', type: audio('ogg', 'audio/ogg') },
  { bytes: 'ID3\x02', type: audio('mp3', 'audio/mpeg') },
  { bytes: 'ID3\x03', type: audio('mp3', 'audio/mpeg') },
  { bytes: 'ID3\x04', type: audio('mp3', 'audio/mpeg') },
  { bytes: '\xff\xfb', type: audio('mp3', 'audio/mpeg') },
  { bytes: '\xff\xf3', type: audio('mp3', 'audio/mpeg') },
  { bytes: '\xff\xf2', type: audio('mp3', 'audio/mpeg') },
  { bytes: 'fLaC', type: audio('flac', 'audio/flac') },
  { bytes: 'ftypM4A', at: 4, type: audio('m4a', 'audio/mp4') },
  { bytes: 'ftypheic', at: 4, type: other('a HEIC image') },
  { bytes: 'ftypavif', at: 4, type: other('an AVIF image') },
  { bytes: 'ftyp', at: 4, type: other('a video') },
  { bytes: '\x1a\x45\xdf\xa3', type: other('a video') },
  { bytes: 'RIFF', and: { at: 8, bytes: 'AVI ' }, type: other('a video') },
  { bytes: 'PK\x03\x04', type: other('a ZIP archive') },
  { bytes: 'PK\x05\x06', type: other('a ZIP archive') },
  { bytes: '\x1f\x8b', type: other('a packed archive') },
  { bytes: 'BZh', and: { at: 4, bytes: '1AY&SY' }, type: other('a packed archive') },
  { bytes: '\xfd7zXZ\0', type: other('a packed archive') },
  { bytes: '\x28\xb5\x2f\xfd', type: other('a packed archive') },
  { bytes: '7z\xbc\xaf\x27\x1c', type: other('a 7z archive') },
  { bytes: 'Rar!\x1a\x07', type: other('a RAR archive') },
  { bytes: 'ustar', at: 257, type: other('a TAR archive') },
  { bytes: '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1', type: other('an old Office document') },
  { bytes: '\x7fELF', type: other('a program') },
  { bytes: 'SQLite format 3\0', type: other('a database') },
];

/** Names of a package's first entries that tell an Office document from a plain archive. */
const OFFICE =
  /^PK\x03\x04[^]{26}(?:\[Content_Types\]\.xml|_rels\/|docProps\/|word\/|xl\/|ppt\/|mimetypeapplication\/vnd\.oasis)/;

/** What a file is, by its first bytes: neither its name nor its claimed type counts. */
export function toFileType(bytes: Uint8Array): FileType {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024)).toString(
    'latin1',
  );
  // Readers allow some bytes before the mark of a PDF.
  if (/^[^]{0,64}?%PDF-\d/.test(head)) return { kind: 'pdf' };
  if (OFFICE.test(head)) return other('an Office document');
  return signatures.find((signature) => fits(signature, head))?.type ?? { kind: 'unknown' };
}

function fits({ bytes, at = 0, and }: Signature, head: string): boolean {
  return head.startsWith(bytes, at) && (and === undefined || head.startsWith(and.bytes, and.at));
}
