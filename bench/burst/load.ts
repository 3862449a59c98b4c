import { spawn } from 'node:child_process';

/** Processes that take all the time that they get, until they are disposed of. */
export function startLoad(count: number): Disposable {
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', 'for (;;) continue;'], { stdio: 'ignore' }),
  );
  const stop = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  // They do not end by themselves where this process is told to.
  process.once('exit', stop);
  return {
    [Symbol.dispose]() {
      process.off('exit', stop);
      stop();
    },
  };
}
