import { parentPort, workerData } from 'node:worker_threads';
import { getDocumentProxy } from 'unpdf';
import { toRefusal, type Decoded, type PdfTask } from './protocol.ts';

/** Errors only: PDF.js speaks of each oddity of a file. */
const QUIET = 0;

interface ThreadData {
  readonly task: PdfTask;
  readonly bytes: Uint8Array;
}

async function readPdf({ task: { maxPages, maxCharacters }, bytes }: ThreadData): Promise<Decoded> {
  try {
    const pdf = await getDocumentProxy(bytes, {
      verbosity: QUIET,
      useSystemFonts: false,
      disableFontFace: true,
      stopAtErrors: false,
    });
    const texts: string[] = [];
    let length = 0;
    let page = 0;
    while (page < Math.min(pdf.numPages, maxPages) && length <= maxCharacters) {
      page += 1;
      const text = await readPage(pdf, page);
      length += text.length;
      texts.push(text);
    }
    const text = texts.join('\n\n');
    const isCut = text.length > maxCharacters;
    const kept = isCut ? text.slice(0, maxCharacters).toWellFormed() : text;
    return {
      kind: 'text',
      pages: pdf.numPages,
      readPages: page,
      isCut,
      bytes: new TextEncoder().encode(kept),
    };
  } catch (error) {
    const isLocked = error instanceof Error && error.name === 'PasswordException';
    return toRefusal(isLocked ? 'locked' : 'broken', error);
  }
}

async function readPage(pdf: Awaited<ReturnType<typeof getDocumentProxy>>, number: number): Promise<string> {
  const page = await pdf.getPage(number);
  const { items } = await page.getTextContent();
  let text = '';
  for (const item of items) if ('str' in item) text += item.str + (item.hasEOL ? '\n' : '');
  page.cleanup();
  return text.trim();
}

parentPort?.postMessage(await readPdf(workerData as ThreadData));
