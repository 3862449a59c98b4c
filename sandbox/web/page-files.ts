import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, extname, join, normalize, sep } from 'node:path';
import { findPackageJSON } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const COMPONENTS = '@skyra/discord-components-core';
const PAGE_FOLDER = fileURLToPath(new URL('../page', import.meta.url));

/** The packages that the browser loads, each with its entry; they come from this machine, no other host is asked. */
const BROWSER_PACKAGES: Readonly<Record<string, string>> = {
  [COMPONENTS]: 'dist/index.js',
  lit: 'index.js',
  'lit-element': 'index.js',
  'lit-html': 'lit-html.js',
  '@lit/context': 'index.js',
  '@lit/reactive-element': 'reactive-element.js',
};

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

export interface PageFile {
  readonly body: Buffer;
  readonly contentType: string;
}

export interface PageFiles {
  /** The file at a path of the page; undefined where there is none, or none that may be read. */
  read(urlPath: string): Promise<PageFile | undefined>;
  /** For `script-src` of the content security policy: the import map stands in the document itself. */
  readonly importMapHash: string;
}

/** The page and the packages it imports, with an import map for their bare names. */
export function createPageFiles(): PageFiles {
  const folders = findPackages();
  const importMap = JSON.stringify({ imports: toImports(folders) });
  const packagePath = /^\/packages\/((?:@[\w-]+\/)?[\w-]+)\/(.+)$/;

  return {
    importMapHash: `'sha256-${createHash('sha256').update(importMap).digest('base64')}'`,
    async read(urlPath) {
      const path = urlPath === '/' ? '/index.html' : urlPath;
      const [, name, inPackage] = packagePath.exec(path) ?? [];
      const folder = name === undefined ? PAGE_FOLDER : folders.get(name);
      const file = folder === undefined ? undefined : within(folder, inPackage ?? path);
      const contentType = CONTENT_TYPES[extname(file ?? '')];
      if (file === undefined || contentType === undefined) return undefined;
      const body = await readIfThere(file);
      if (body === undefined) return undefined;
      if (path !== '/index.html') return { body, contentType };
      return { body: Buffer.from(body.toString().replace(/\s*IMPORT_MAP\s*/, importMap)), contentType };
    },
  };
}

/** By name. Lit belongs to the components, so each package is looked up from those found before it, too. */
function findPackages(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const bases = [import.meta.url];
  for (const name of Object.keys(BROWSER_PACKAGES)) {
    const file = bases.map((base) => packageJsonOf(name, base)).find((path) => path !== undefined);
    if (file === undefined) throw new Error(`The page needs the package ${name}: run npm ci.`);
    bases.push(pathToFileURL(file).href);
    found.set(name, dirname(file));
  }
  return found;
}

function packageJsonOf(name: string, base: string): string | undefined {
  try {
    return findPackageJSON(name, base);
  } catch {
    // Not installed where `base` could use it.
    return undefined;
  }
}

/** A package under its own name, and its files below it. Lit's files are named as they are exported. */
function toImports(folders: ReadonlyMap<string, string>): Record<string, string> {
  const packages = Object.entries(BROWSER_PACKAGES).flatMap(([name, entry]): [string, string][] => [
    [name, `/packages/${name}/${entry}`],
    [`${name}/`, `/packages/${name}/`],
  ]);
  return Object.fromEntries([...packages, ...toComponentImports(folders.get(COMPONENTS) ?? '')]);
}

/** Each component by itself, so that the page loads no more than it shows. */
function toComponentImports(folder: string): [string, string][] {
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports: Record<string, string>;
  };
  return Object.entries(exports).map(([name, file]) => [
    join(COMPONENTS, name),
    join('/packages', COMPONENTS, file),
  ]);
}

function within(folder: string, path: string): string | undefined {
  const file = normalize(join(folder, path));
  return file.startsWith(folder + sep) ? file : undefined;
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
