import { createApp } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import type { Config } from './config.ts';
import { runApp } from './lifecycle.ts';
import { endLoading } from './lib/end-of-loading.ts';
import { createLog } from './observability/log.ts';
import { createRedactor } from './observability/redact.ts';

/** EX_CONFIG of sysexits.h: supervisors can tell it from a crash and need not try again. */
const configExitCode = 78;

function readConfigOrExplain(): Config | undefined {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = configExitCode;
    return undefined;
  }
}

const config = readConfigOrExplain();
if (config !== undefined) {
  const log = createLog(config.log);
  const redact = createRedactor(config.log.secrets);
  await runApp({
    createApp: (onFatal) => createApp(config, { log, onFatal }),
    log,
    report: (line) => process.stderr.write(`${redact(line)}\n`),
    shutdownGraceMs: config.shutdownGraceMs,
    host: process,
  });
  endLoading();
}
