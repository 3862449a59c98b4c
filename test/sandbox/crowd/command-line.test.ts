import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../sandbox/main.ts', import.meta.url));
// A machine under load takes its time to start a process.
const PATIENCE_MS = 30_000;

/** `npm run sandbox -- …`, but with nothing of this environment that would change it. */
function startSandbox(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env['PATH'] } });
  let output = '';
  child.stdout.on('data', (part: Buffer) => (output += part.toString()));
  child.stderr.on('data', (part: Buffer) => (output += part.toString()));
  return {
    output: () => output,
    exitCode: async () => ((await once(child, 'close')) as [number])[0],
    interrupt: () => child.kill('SIGINT'),
  };
}

test(
  'a crowd: progress, a table, and 0 where all went well',
  async () => {
    const sandbox = startSandbox('--crowd', '4', '--channels', '2');
    expect(await sandbox.exitCode()).toBe(0);
    expect(sandbox.output()).toMatch(/2\/4 answered/);
    expect(sandbox.output()).toMatch(/answered +4 of 4\n +lost +0\n +duplicated +0\n +out of order +0/);
    expect(sandbox.output()).toContain('Everybody has the whole answer, once and in order.');
  },
  PATIENCE_MS,
);

test(
  'a wrong flag: a sentence, how it is used, and 2',
  async () => {
    const sandbox = startSandbox('--crowd', 'many');
    expect(await sandbox.exitCode()).toBe(2);
    expect(sandbox.output()).toMatch(/^--crowd takes a whole number .*\n\nUsage: npm run sandbox/);
  },
  PATIENCE_MS,
);

test(
  'the page: says where it is, and ends with Ctrl-C',
  async () => {
    const sandbox = startSandbox('--port', '0');
    await expect.poll(sandbox.output, { timeout: PATIENCE_MS }).toContain('Ctrl-C ends it.');
    expect(sandbox.output()).toContain('No model is connected');
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(sandbox.output())?.[0] ?? '';
    expect((await fetch(url)).status).toBe(200);
    const exitCode = sandbox.exitCode();
    sandbox.interrupt();
    expect(await exitCode).toBe(0);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  },
  PATIENCE_MS,
);
