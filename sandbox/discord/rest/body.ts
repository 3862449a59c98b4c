import type { IncomingMessage } from 'node:http';
import type { UploadedFile } from '../files/file-store.ts';
import { invalidField, refusals } from './api-error.ts';

/** https://discord.com/developers/docs/reference#uploading-files */
export const maxFileBytes = 10 * 1024 * 1024;
const maxRequestBytes = 25 * 1024 * 1024;
const maxFiles = 10;

export interface RequestBody {
  readonly json: unknown;
  readonly files: readonly UploadedFile[];
}

const noBody: RequestBody = { json: undefined, files: [] };

/** Reads all of the request, also where it is refused later: the connection is used again. */
export async function readRawBody(request: IncomingMessage): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes <= maxRequestBytes) chunks.push(chunk);
  }
  if (bytes > maxRequestBytes) return 'too-large';
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks);
}

export async function parseRequestBody(raw: Buffer, contentType: string): Promise<RequestBody> {
  if (raw.byteLength === 0) return noBody;
  if (contentType.startsWith('multipart/form-data')) return parseForm(raw, contentType);
  return { json: parseJson(raw.toString('utf8')), files: [] };
}

async function parseForm(raw: Buffer, contentType: string): Promise<RequestBody> {
  let form: FormData;
  try {
    form = await new Response(new Uint8Array(raw), { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw refusals.badJson();
  }
  const payload = form.get('payload_json');
  const json = typeof payload === 'string' ? parseJson(payload) : Object.fromEntries(form);
  const files: UploadedFile[] = [];
  for (const [field, value] of form) {
    if (typeof value === 'string') continue;
    const index = /^files\[(\d+)\]$/.exec(field)?.[1] ?? /^file(\d*)$/.exec(field)?.[1];
    if (index === undefined) continue;
    if (value.size > maxFileBytes) throw refusals.entityTooLarge();
    const content = new Uint8Array(await value.arrayBuffer());
    files.push({ name: value.name, content, ...toMetadata(json, index) });
  }
  if (files.length > maxFiles) {
    throw invalidField(['attachments'], 'BASE_TYPE_MAX_LENGTH', `Must be ${maxFiles} or fewer in length.`);
  }
  return { json, files };
}

/** Description and the like stand in the message's (or the answer's) `attachments`, by index. */
function toMetadata(
  json: unknown,
  index: string,
): Pick<UploadedFile, 'description' | 'durationSecs' | 'waveform'> {
  const holder = readField(json, 'attachments') ?? readField(readField(json, 'data'), 'attachments');
  const listed = Array.isArray(holder) ? (holder as unknown[]) : [];
  const entry = listed.find((one) => String(readField(one, 'id')) === index);
  const description = readField(entry, 'description');
  const durationSecs = readField(entry, 'duration_secs');
  const waveform = readField(entry, 'waveform');
  return {
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof durationSecs === 'number' ? { durationSecs } : {}),
    ...(typeof waveform === 'string' ? { waveform } : {}),
  };
}

function readField(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refusals.badJson();
  }
}
