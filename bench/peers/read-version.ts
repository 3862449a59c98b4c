import { readFileSync } from 'node:fs';

/** The version of an installed peer. */
export function readVersion(name: string): string {
  const path = new URL(`node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
