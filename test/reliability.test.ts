import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = new URL('../', import.meta.url);
const document = await readFile(new URL('docs/reliability.md', root), 'utf8');

/** Numbers of the faults that each file under test/ names, by its path there. */
const injected = new Map<string, ReadonlySet<string>>();
for await (const path of glob('**/*.ts', { cwd: fileURLToPath(new URL('test/', root)) })) {
  const source = await readFile(new URL(`test/${path}`, root), 'utf8');
  // Of tests, not of what is said about them.
  const names = source.matchAll(/['"`]FAULTS (\d+(?:(?:, | and )\d+)*):/g);
  injected.set(path, new Set([...names].flatMap(([, numbers = '']) => numbers.match(/\d+/g) ?? [])));
}

/** The files that the table names for each fault. */
const rows = new Map(
  [...document.matchAll(/^\| (\d+) .*\| ([^|]*) \|$/gm)].map(([, number = '', tests = '']) => [
    number,
    [...tests.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
  ]),
);

/** What is built so far is held whole; what comes later, as far as it is there. */
const held = [...Array.from({ length: 31 }, (_, index) => index + 1), 45].map(String);

test.each(held)('fault %s has a row that names a test', (number) => {
  expect(rows.get(number)).not.toHaveLength(0);
  expect(rows.get(number)).toBeDefined();
});

test('each file that the table names is there and injects the fault of its row', () => {
  const wrong = [...rows].flatMap(([number, paths]) =>
    paths.filter((path) => injected.get(path)?.has(number) !== true).map((path) => `${number}: ${path}`),
  );
  expect(wrong).toEqual([]);
});

test('each fault that a test injects has a row', () => {
  const tested = new Set([...injected.values()].flatMap((numbers) => [...numbers]));
  expect([...tested].filter((number) => !rows.has(number))).toEqual([]);
});

test('each deadline is held by test files that are there', () => {
  const deadlines = [...document.slice(document.indexOf('| Wait ')).matchAll(/^\| [^-].*$/gm)].slice(1);
  expect(deadlines.length).toBeGreaterThan(10);
  for (const [deadline] of deadlines) {
    const paths = [...deadline.matchAll(/`test\/([^`]+)`/g)].map(([, path = '']) => path);
    expect(paths, deadline).not.toEqual([]);
    expect(paths.filter((path) => !injected.has(path))).toEqual([]);
  }
});
