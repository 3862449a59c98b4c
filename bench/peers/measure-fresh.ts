import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Load, MeasureRequest, Measurement } from './measure.ts';
import { startServerProcess } from './server-process.ts';

export interface FreshMeasurement extends Measurement {
  /** How late the server sent the first token of a stream, at most: what is not the contender's doing. */
  readonly serverLateMs: number;
  readonly serverCpuMsPerRun: number;
}

const TIMEOUT_MS = 300_000;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const runProcess = promisify(execFile);

/** Quiet for all: no telemetry, no tracing, no development checks. */
const environment = {
  ...process.env,
  NODE_ENV: 'production',
  NODE_OPTIONS: '',
  OPENAI_AGENTS_DISABLE_TRACING: '1',
  MASTRA_TELEMETRY_DISABLED: '1',
  LANGSMITH_TRACING: 'false',
};

/**
 * Measures one contender in a process of its own against a server of its own. Rejects when any run went wrong. `root`:
 * of the checkout whose contender it is, and that measures it; this one by default.
 */
export async function measureFresh(
  contender: string,
  load: Load,
  warmUp: number,
  root = ROOT,
): Promise<FreshMeasurement> {
  const server = await startServerProcess();
  try {
    const request: MeasureRequest = { contender: `${contender}.ts`, origin: server.origin, warmUp, load };
    const before = await server.stats();
    const script = join(root, 'bench/peers/measure.ts');
    const { stdout } = await runProcess(process.execPath, ['--expose-gc', script, JSON.stringify(request)], {
      env: environment,
      timeout: TIMEOUT_MS,
    });
    const measurement = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measurement;
    const { requests, invalid, maxLateMs, cpuMs } = await server.stats();
    const expected = 2 * (warmUp + measurement.runs);
    if (invalid > 0 || requests !== expected) {
      throw new Error(
        `${String(requests)} requests (${String(invalid)} invalid) in place of ${String(expected)}`,
      );
    }
    const serverCpuMsPerRun = (cpuMs - before.cpuMs) / (warmUp + measurement.runs);
    return { ...measurement, serverLateMs: maxLateMs, serverCpuMsPerRun };
  } finally {
    server.stop();
  }
}
