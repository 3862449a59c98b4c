import { deflateSync } from 'node:zlib';

/** A PDF with a page for each text. */
export function toPdf(pages: readonly string[]): Uint8Array {
  return toPdfOf(
    pages.map((text) => {
      const content = Buffer.from(`BT /F1 24 Tf 20 200 Td (${text}) Tj ET`);
      return toStream(content, '');
    }),
  );
}

/**
 * A PDF of some hundred kilobytes whose page is one operation over millions of dictionaries: the objects that stand for
 * them fill any heap.
 */
export function toHeapBomb(dictionaries = 8_000_000): Uint8Array {
  const content = `BT /F1 12 Tf [ ${'<</a(b)>> '.repeat(dictionaries)}] TJ ET`;
  return toPdfOf([toStream(deflateSync(content, { level: 9 }), '/Filter /FlateDecode ')]);
}

/** A PDF of five kilobytes whose page takes for ever: each of its drawings draws the next one twice. */
export function toEndlessPdf(depth = 30): Uint8Array {
  const drawings = Array.from({ length: depth }, (_, index) => {
    const isLast = index === depth - 1;
    const next = isLast ? '' : `/XObject << /X ${FIRST_PAGE + 3 + index} 0 R >>`;
    const form = `/Type /XObject /Subtype /Form /BBox [0 0 1 1] /Resources << /Font << /F1 3 0 R >> ${next} >> `;
    return toStream(Buffer.from(isLast ? 'BT /F1 1 Tf (a) Tj ET' : '/X Do /X Do'), form);
  });
  const first = `/XObject << /X ${FIRST_PAGE + 2} 0 R >>`;
  return toPdfOf([toStream(Buffer.from('/X Do'), '')], first, drawings);
}

/** A PDF of about a kilobyte whose page unpacks to that many megabytes. */
export function toPdfBomb(megabytes: number): Uint8Array {
  const once = deflateSync(Buffer.alloc(megabytes * 1024 * 1024, ' '), { level: 9 });
  return toPdfOf([toStream(deflateSync(once, { level: 9 }), '/Filter [/FlateDecode /FlateDecode] ')]);
}

function toStream(data: Buffer, entries: string): Buffer {
  const head = Buffer.from(`<< /Length ${data.length} ${entries}>>\nstream\n`);
  return Buffer.concat([head, data, Buffer.from('\nendstream')]);
}

/** Objects with these numbers are the page itself, and what it shows. */
const FIRST_PAGE = 4;

function toPdfOf(contents: readonly Buffer[], more = '', rest: readonly Buffer[] = []): Uint8Array {
  const pageIds = contents.map((_, index) => FIRST_PAGE + index * 2);
  const kids = pageIds.map((id) => `${id} 0 R`).join(' ');
  const resources = `/MediaBox [0 0 300 300] /Resources << /Font << /F1 3 0 R >> ${more} >>`;
  return toPdfFile([
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${contents.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...contents.flatMap((content, index) => [
      `<< /Type /Page /Parent 2 0 R /Contents ${FIRST_PAGE + 1 + index * 2} 0 R ${resources} >>`,
      content,
    ]),
    ...rest,
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
