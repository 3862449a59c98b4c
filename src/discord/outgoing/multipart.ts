import { Buffer } from 'node:buffer';

/** A form as it goes over the wire. */
export interface MultipartBody {
  readonly bytes: Buffer;
  /** With the boundary. */
  readonly contentType: string;
}

/** The part of FormData that all its implementations share. */
interface FormEntries {
  entries(): Iterable<readonly [string, string | Blob]>;
}

export function isForm(body: unknown): body is FormEntries {
  return typeof body === 'object' && body !== null && body.constructor.name === 'FormData';
}

/**
 * Encodes a form. HTTP clients take only forms of their own make, and which client sends is decided by whoever was
 * loaded last in the process: bytes are understood by all.
 */
export async function toMultipart(form: FormEntries): Promise<MultipartBody> {
  const own = new FormData();
  for (const [name, value] of form.entries()) {
    if (typeof value === 'string') own.append(name, value);
    else own.append(name, value, 'name' in value ? String(value.name) : name);
  }
  const encoded = new Response(own);
  return {
    bytes: Buffer.from(await encoded.arrayBuffer()),
    contentType: encoded.headers.get('content-type') ?? 'multipart/form-data',
  };
}
