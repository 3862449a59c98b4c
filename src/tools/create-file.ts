import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { toUploadName } from '../lib/upload-name.ts';
import { defineTool } from './tool.ts';

const MAX_BYTES = 256 * 1024;
const MAX_NAME_LENGTH = 80;

const TEXT = 'text/plain; charset=utf-8';

/** A map, since the ending is the model's: an object would know `constructor`. */
const CONTENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['csv', 'text/csv; charset=utf-8'],
  ['tsv', 'text/tab-separated-values; charset=utf-8'],
  ['json', 'application/json; charset=utf-8'],
  ['md', 'text/markdown; charset=utf-8'],
]);

export const createFile = defineTool({
  name: 'create_file',
  description:
    'Attaches a text file to your answer: code, CSV, Markdown, JSON, configuration. Use it for what people want to keep or what is too long for a chat message. Do not repeat its content in the answer.',
  parameters: z.strictObject({
    name: z.string().min(1).max(MAX_NAME_LENGTH).describe('With its ending, for instance results.csv'),
    content: z.string().min(1).describe('All of the file, as plain text; at most 256 KB'),
  }),
  repeatable: true,
  isOwnResult: true,
  execute({ name, content }) {
    const data = Buffer.from(content.toWellFormed(), 'utf8');
    if (data.length > MAX_BYTES) {
      throw new Error(`The file has ${data.length} bytes; at most ${MAX_BYTES} can be attached.`);
    }
    const fileName = toUploadName(name);
    const contentType = CONTENT_TYPES.get(fileName.slice(fileName.lastIndexOf('.') + 1)) ?? TEXT;
    return {
      text: `${fileName} (${data.length} bytes) is attached to your answer.`,
      files: [{ name: fileName, contentType, data }],
    };
  },
});
