import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';

const DOCUMENT = new URL('../docs/performance.md', import.meta.url);
const IMAGES = new URL('../docs/images/', import.meta.url);

export interface Section {
  /** Of the benchmark: `npm run bench -- NAME`. */
  readonly name: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

/** Puts what a benchmark found between its markers in docs/performance.md; at the end, where it has none there. */
export async function writeSection({ name, title, body }: Section): Promise<void> {
  const begin = `<!-- bench ${name}: start (written by the benchmark) -->`;
  const end = `<!-- bench ${name}: end -->`;
  const section = [begin, body, end].join('\n\n');
  const document = await readDocument();
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  const next =
    from === -1 || to < from
      ? `${document.trimEnd()}\n\n## ${title}\n\n${section}\n`
      : document.slice(0, from) + section + document.slice(to + end.length);
  await writeFile(DOCUMENT, next);
}

/** Keeps a chart for the document; returns the Markdown that shows it. */
export async function writeImage(name: string, svg: string, description: string): Promise<string> {
  await mkdir(IMAGES, { recursive: true });
  await writeFile(new URL(name, IMAGES), svg);
  return `![${description}](images/${name})`;
}

/** `Node v24.1.0 on 2 × …` */
export function describeMachine(): string {
  return `Node ${process.version} on ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'CPU'}`;
}

async function readDocument(): Promise<string> {
  try {
    return await readFile(DOCUMENT, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '# Performance\n';
    throw error;
  }
}
