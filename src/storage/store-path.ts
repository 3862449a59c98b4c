import { resolve } from 'node:path';

/**
 * The absolute path in `sqlite://PATH`, where PATH is relative to the working directory unless it begins with `/`.
 * Undefined for every other URL.
 */
export function toStorePath(url: string): string | undefined {
  const [, path] = /^sqlite:\/\/(.+)$/s.exec(url) ?? [];
  return path === undefined ? undefined : resolve(path);
}
