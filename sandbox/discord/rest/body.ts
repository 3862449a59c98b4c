import type { IncomingMessage } from 'node:http';
import type { UploadedFile } from '../files/file-store.ts';
import { invalidField, refusals } from './api-error.ts';
import { parseMultipart, type FormPart } from './multipart.ts';

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

export function parseRequestBody(raw: Buffer, contentType: string): RequestBody {
  if (raw.byteLength === 0) return noBody;
  if (contentType.startsWith('multipart/form-data')) return parseForm(raw, contentType);
  return { json: parseJson(raw.toString('utf8')), files: [] };
}

function parseForm(raw: Buffer, contentType: string): RequestBody {
  const parts = parseMultipart(raw, contentType);
  if (parts === undefined) throw refusals.badJson();
  const payload = parts.find((part) => part.name === 'payload_json');
  const json = payload === undefined ? toFields(parts) : parseJson(payload.content.toString('utf8'));
  const files: UploadedFile[] = [];
  for (const { name, filename, content } of parts) {
    const index = /^files\[(\d+)\]$/.exec(name)?.[1] ?? /^file(\d*)$/.exec(name)?.[1];
    if (filename === undefined || index === undefined) continue;
    if (content.byteLength > maxFileBytes) throw refusals.entityTooLarge();
    // A copy, so that a small file does not keep the whole request in memory.
    files.push({ name: filename, content: new Uint8Array(content), ...toMetadata(json, index) });
  }
  if (files.length > maxFiles) {
    throw invalidField(['attachments'], 'BASE_TYPE_MAX_LENGTH', `Must be ${maxFiles} or fewer in length.`);
  }
  return { json, files };
}

function toFields(parts: readonly FormPart[]): object {
  const fields = parts.filter((part) => part.filename === undefined);
  return Object.fromEntries(fields.map(({ name, content }) => [name, content.toString('utf8')]));
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
