import { crc32 } from 'node:zlib';
import sharp from 'sharp';

export function toBytes(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/** A picture of one colour. */
export async function toPicture(
  width: number,
  height: number,
  format: 'png' | 'jpeg' | 'gif' | 'webp' = 'png',
): Promise<Uint8Array> {
  return sharp({ create: { width, height, channels: 3, background: '#336699' } })
    .toFormat(format)
    .toBuffer();
}

/** A PNG of a few hundred bytes that says it has that many pixels. */
export async function toPixelBomb(width: number, height = width): Promise<Uint8Array> {
  const bytes = Buffer.from(await toPicture(8, 8));
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

/** A second of silence. */
export function toWav(): Uint8Array {
  const bytes = Buffer.alloc(44 + 8_000);
  bytes.write('RIFF', 0, 'latin1');
  bytes.write('WAVEfmt ', 8, 'latin1');
  return bytes;
}

export function toOgg(): Uint8Array {
  return Buffer.concat([Buffer.from('OggS\0\x02', 'latin1'), Buffer.alloc(200, 1)]);
}
