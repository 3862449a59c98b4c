import { Buffer } from 'node:buffer';

/** What goes through a pipe as one: a header of plain data, and bytes. */
export interface Frame {
  readonly header: unknown;
  readonly body: Buffer;
}

/** The lengths of the header and of the body, four bytes each. */
const LENGTHS_BYTES = 8;
const MAX_HEADER_BYTES = 64 * 1024;

/** All of a frame that comes before its body, which so is never copied. */
export function toFrameHead(header: object, bodyBytes: number): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const lengths = Buffer.alloc(LENGTHS_BYTES);
  lengths.writeUInt32LE(text.length, 0);
  lengths.writeUInt32LE(bodyBytes, 4);
  return Buffer.concat([lengths, text]);
}

/** Puts frames together from the chunks of a pipe. Throws where one is larger than it may be, or is none. */
export function createFrameReader(
  maxBodyBytes: number,
  onFrame: (frame: Frame) => void,
): (chunk: Buffer) => void {
  let chunks: Buffer[] = [];
  let length = 0;
  let needed = LENGTHS_BYTES;
  return (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    while (length >= needed) {
      const bytes = Buffer.concat(chunks, length);
      const headerBytes = bytes.readUInt32LE(0);
      const bodyBytes = bytes.readUInt32LE(4);
      if (headerBytes > MAX_HEADER_BYTES || bodyBytes > maxBodyBytes) {
        throw new RangeError(`A frame of ${headerBytes} and ${bodyBytes} bytes is too large`);
      }
      const bodyAt = LENGTHS_BYTES + headerBytes;
      const end = bodyAt + bodyBytes;
      const isWhole = length >= end;
      chunks = [isWhole ? bytes.subarray(end) : bytes];
      needed = isWhole ? LENGTHS_BYTES : end;
      if (!isWhole) return;
      length -= end;
      onFrame({
        header: JSON.parse(bytes.toString('utf8', LENGTHS_BYTES, bodyAt)),
        body: bytes.subarray(bodyAt, end),
      });
    }
  };
}
