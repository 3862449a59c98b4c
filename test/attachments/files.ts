import { crc32, deflateSync } from 'node:zlib';
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
export async function toPixelBomb(side: number): Promise<Uint8Array> {
  const bytes = Buffer.from(await toPicture(8, 8));
  bytes.writeUInt32BE(side, 16);
  bytes.writeUInt32BE(side, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

/** A PDF with a page for each text. */
export function toPdf(pages: readonly string[]): Uint8Array {
  return toPdfOf(
    pages.map((text) => {
      const content = Buffer.from(`BT /F1 24 Tf 20 200 Td (${text}) Tj ET`);
      return toStream(content, '');
    }),
  );
}

/** A PDF of about a kilobyte whose page unpacks to that many megabytes. */
export function toPdfBomb(megabytes: number): Uint8Array {
  const once = deflateSync(Buffer.alloc(megabytes * 1024 * 1024, ' '), { level: 9 });
  return toPdfOf([toStream(deflateSync(once, { level: 9 }), '/Filter [/FlateDecode /FlateDecode] ')]);
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

function toStream(data: Buffer, filter: string): Buffer {
  const head = Buffer.from(`<< /Length ${data.length} ${filter}>>\nstream\n`);
  return Buffer.concat([head, data, Buffer.from('\nendstream')]);
}

function toPdfOf(contents: readonly Buffer[]): Uint8Array {
  const pageIds = contents.map((_, index) => 4 + index * 2);
  const kids = pageIds.map((id) => `${id} 0 R`).join(' ');
  const resources = '/MediaBox [0 0 300 300] /Resources << /Font << /F1 3 0 R >> >>';
  return toPdfFile([
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${contents.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...contents.flatMap((content, index) => [
      `<< /Type /Page /Parent 2 0 R /Contents ${5 + index * 2} 0 R ${resources} >>`,
      content,
    ]),
  ]);
}

function toPdfFile(objects: readonly (string | Buffer)[]): Uint8Array {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  const offsets: string[] = [];
  let length = parts[0]?.length ?? 0;
  const add = (part: Buffer): void => {
    parts.push(part);
    length += part.length;
  };
  for (const [index, object] of objects.entries()) {
    offsets.push(`${String(length).padStart(10, '0')} 00000 n \n`);
    add(Buffer.from(`${index + 1} 0 obj\n`));
    add(Buffer.from(object));
    add(Buffer.from('\nendobj\n'));
  }
  const size = objects.length + 1;
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${offsets.join('')}`;
  add(Buffer.from(`${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${length}\n%%EOF`));
  return Buffer.concat(parts);
}
