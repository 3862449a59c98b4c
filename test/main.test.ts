import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startDiscord } from '../sandbox/discord/server.ts';
import type { SimulatedDiscord } from '../sandbox/discord/types.ts';

/** The real process, as an operator starts it, on a local Discord. */
const main = fileURLToPath(new URL('../src/start.js', import.meta.url));

interface Started {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly exited: Promise<number | null>;
}

const children: ChildProcess[] = [];
let directory = '';
let discord: SimulatedDiscord;

function start(env: Readonly<Record<string, string>>): Started {
  const child = spawn(process.execPath, [main], { env: { ...env }, cwd: directory });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output, exited };
}

/** The first line of the log that has `message`. */
async function waitForLog({ output, child }: Started, message: string): Promise<Record<string, unknown>> {
  for (;;) {
    const line = output.stdout.split('\n').find((text) => text.includes(`"msg":"${message}"`));
    if (line !== undefined) return JSON.parse(line) as Record<string, unknown>;
    if (child.exitCode !== null) throw new Error(`It ended: ${output.stdout}${output.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function working(): Record<string, string> {
  return {
    DISCORD_TOKEN: discord.token,
    DISCORD_API_URL: discord.apiUrl,
    OPENAI_BASE_URL: 'http://127.0.0.1:9',
    OPENAI_MODEL: 'none',
    HTTP_PORT: '0',
    // All of them share one store.
    MAX_STARTS: '1000',
    SHUTDOWN_GRACE_MS: '2000',
  };
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'switchboard-main-'));
  discord = await startDiscord();
});

afterAll(async () => {
  await discord.stop();
  await rm(directory, { recursive: true, force: true });
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

test('a wrong configuration is a readable list, exit code 78, and nothing is started', async () => {
  const { output, exited } = start({ HTTP_PORT: 'eighty', DISCORD_API_URL: discord.apiUrl });
  expect(await exited).toBe(78);
  for (const name of ['DISCORD_TOKEN is missing', 'OPENAI_API_KEY is missing', 'HTTP_PORT is "eighty"']) {
    expect(output.stderr).toContain(name);
  }
  expect(output.stderr.match(/^ +→/gm)).toHaveLength(3);
  expect(output.stderr).not.toContain('    at ');
  expect(output.stdout).toBe('');
});

test('FAULTS 24: a bad token is one clear line and a non-zero exit', async () => {
  const token = 'a-wrong-token.for-tests';
  const { output, exited } = start({ ...working(), DISCORD_TOKEN: token });
  expect(await exited).toBe(1);
  expect(output.stderr.trim().split('\n')).toHaveLength(1);
  expect(output.stderr).toContain('DISCORD_TOKEN');
  expect(output.stdout + output.stderr).not.toContain(token);
});

describe('once started', () => {
  test('FAULTS 27: it says that it is ready, and SIGTERM ends it with 0', async () => {
    const started = start(working());
    const { port } = await waitForLog(started, 'health and metrics are served');
    await waitForLog(started, 'ready');
    const ready = await fetch(`http://127.0.0.1:${String(port)}/health/ready`);
    expect(await ready.json()).toMatchObject({ ready: true });
    const metrics = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
    expect(metrics).toContain('switchboard_runs_active 0');
    started.child.kill('SIGTERM');
    expect(await started.exited).toBe(0);
    expect(started.output.stderr).toBe('');
    expect(started.output.stdout).not.toContain(discord.token);
  });

  test('SIGINT while it connects ends it as well', async () => {
    const started = start(working());
    await waitForLog(started, 'health and metrics are served');
    started.child.kill('SIGINT');
    expect(await started.exited).toBe(0);
  });

  test('a port that is taken is one clear line', async () => {
    const first = start(working());
    const { port } = await waitForLog(first, 'health and metrics are served');
    const second = start({ ...working(), STORE_URL: 'memory://', HTTP_PORT: String(port) });
    expect(await second.exited).toBe(1);
    expect(second.output.stderr).toContain(`Cannot listen on 127.0.0.1:${String(port)}`);
    expect(second.output.stderr.trim().split('\n')).toHaveLength(1);
  });
});
