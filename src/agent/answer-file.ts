import { Buffer } from 'node:buffer';
import { z } from 'zod';
import type { ToolFile } from '../tools/tool.ts';

/** A file that goes with an answer; plain data, so that it can be written down with the step that made it. */
export const answerFileSchema = z.strictObject({
  name: z.string(),
  contentType: z.string(),
  base64: z.string(),
});

export type AnswerFile = Readonly<z.infer<typeof answerFileSchema>>;

/** Discord takes ten files in a message. */
const MAX_FILES = 10;
/** Together, bytes. Discord takes files of 10 MiB where nobody paid for more. */
const MAX_BYTES = 8 * 1024 * 1024;

/** A tool that was not written in TypeScript may give back anything, which could not be read again once written. */
function isFile({ name, contentType, data }: ToolFile): boolean {
  return [name, contentType].every((text: unknown) => typeof text === 'string') && ArrayBuffer.isView(data);
}

/** Throws, with a sentence for the model, where a tool made more than an answer can carry. */
export function toAnswerFiles(files: readonly ToolFile[]): AnswerFile[] {
  if (files.length > MAX_FILES) throw new Error(`A tool can attach at most ${MAX_FILES} files.`);
  if (!files.every(isFile)) throw new Error('The tool attached something that is no file.');
  const bytes = files.reduce((sum, { data }) => sum + data.byteLength, 0);
  if (bytes > MAX_BYTES) throw new Error(`The files are larger than ${MAX_BYTES / 1024 / 1024} MB together.`);
  return files.map(({ name, contentType, data }) => ({
    name,
    contentType,
    base64: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
  }));
}
