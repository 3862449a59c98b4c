import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultState } from '../faults.ts';
import type { FileStore } from './file-store.ts';

/** Whoever opens a file sees it, and nothing in it runs or asks for anything. */
const ONLY_A_FILE = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox",
} as const;

/** Serves attachments under their signed URLs. Faults of REST paths apply here too (`/attachments/…`). */
export function createCdn(files: FileStore, faults: FaultState) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const fault = faults.takeRestFault(request.method ?? 'GET', pathname);
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs, undefined, { ref: false });
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') {
      request.socket.destroy();
      return;
    }
    const file = fault?.status === undefined ? files.read(pathname, searchParams) : undefined;
    if (file === undefined) {
      response.writeHead(fault?.status ?? 404, { ...ONLY_A_FILE, 'Content-Type': 'text/plain' });
      response.end('This content is no longer available.');
      return;
    }
    response.writeHead(200, {
      ...ONLY_A_FILE,
      'Content-Type': file.contentType ?? 'application/octet-stream',
      'Content-Length': file.content.byteLength,
    });
    response.end(request.method === 'HEAD' ? undefined : file.content);
  };
}
