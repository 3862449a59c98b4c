import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ServerStats } from './model-server.ts';

export interface ServerProcess {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  stats(): Promise<ServerStats>;
  stop(): void;
}

/** Starts the model server in a process of its own, which ends with this one at the latest. */
export async function startServerProcess(): Promise<ServerProcess> {
  const child = fork(fileURLToPath(new URL('model-server.ts', import.meta.url)));
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return {
    origin: `http://127.0.0.1:${String(port)}`,
    async stats() {
      child.send('stats');
      const [stats] = (await once(child, 'message')) as [ServerStats];
      return stats;
    },
    stop() {
      child.disconnect();
    },
  };
}
