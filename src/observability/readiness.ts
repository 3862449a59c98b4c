import { withDeadline } from '../lib/abort.ts';

/** What one dependency says of itself. `detail` is shown to whoever asks: no secrets, no ids. */
export interface CheckResult {
  readonly ok: boolean;
  readonly detail: string;
}

export type Check = (signal: AbortSignal) => Promise<CheckResult> | CheckResult;

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, CheckResult>>;
}

/**
 * Asks every check at once, each under the deadline; one that fails, throws or hangs makes it not ready. Those who
 * ask while an answer is on its way share it, so that probes cannot pile up on an ailing store.
 */
export function createReadiness(
  checks: Readonly<Record<string, Check>>,
  timeoutMs: number,
): () => Promise<Readiness> {
  let underWay: Promise<Readiness> | undefined;
  const ask = async (): Promise<Readiness> => {
    const entries = Object.entries(checks).map(
      async ([name, check]) => [name, await runCheck(name, check, timeoutMs)] as const,
    );
    const results = await Promise.all(entries);
    return { ready: results.every(([, result]) => result.ok), checks: Object.fromEntries(results) };
  };
  return () => {
    underWay ??= ask().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

async function runCheck(name: string, check: Check, timeoutMs: number): Promise<CheckResult> {
  try {
    return await withDeadline(`The check of ${name}`, timeoutMs, undefined, async ({ signal }) =>
      check(signal),
    );
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : 'failed' };
  }
}
