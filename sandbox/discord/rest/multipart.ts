export interface FormPart {
  readonly name: string;
  /** Undefined for a plain field. */
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
  readonly content: Buffer;
}

const headerEnd = Buffer.from('\r\n\r\n');

/** The parts of a multipart/form-data body that is in memory; undefined where it is not one. */
export function parseMultipart(body: Buffer, contentType: string): FormPart[] | undefined {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const delimiter = Buffer.from(`--${boundary?.[1] ?? boundary?.[2] ?? ''}`);
  if (boundary === null || body.indexOf(delimiter) < 0) return undefined;
  const parts: FormPart[] = [];
  let start = body.indexOf(delimiter) + delimiter.length;
  for (;;) {
    const end = body.indexOf(delimiter, start);
    if (end < 0) return parts;
    // Between the line end after the delimiter and the one before the next.
    const part = parsePart(body.subarray(start + 2, end - 2));
    if (part !== undefined) parts.push(part);
    start = end + delimiter.length;
  }
}

function parsePart(part: Buffer): FormPart | undefined {
  const split = part.indexOf(headerEnd);
  if (split < 0) return undefined;
  const headers = part.subarray(0, split).toString('utf8');
  const name = /[;\s]name="([^"]*)"/i.exec(headers)?.[1];
  if (name === undefined) return undefined;
  return {
    name,
    filename: /filename="([^"]*)"/i.exec(headers)?.[1],
    contentType: /^content-type:\s*(.+)$/im.exec(headers)?.[1]?.trim(),
    content: part.subarray(split + headerEnd.length),
  };
}
