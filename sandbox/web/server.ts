import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';
import type { SimulatedDiscord } from '../discord/types.ts';
import { closeServer, listenOnLoopback } from '../loopback.ts';
import { isFromPage } from './origin-guard.ts';
import { createPageFiles } from './page-files.ts';
import type { PageFiles } from './page-files.ts';
import { createPageSessions } from './page-sessions.ts';

/** A message with ten files of ten megabytes, in base64. */
const MAX_PAYLOAD_BYTES = 150 * 1024 * 1024;

export interface PageServerOptions {
  readonly discord: SimulatedDiscord;
  /** 0 picks one. */
  readonly port: number;
  /** What answers, as the page says it. */
  readonly modelLabel: string;
  /** Of an answer to one of the crowd; absent where a real model answers. */
  readonly crowdTokens?: number;
}

export interface PageServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves the page and its one socket, on loopback and to that page alone. */
export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  const files = createPageFiles();
  const sessions = createPageSessions(options);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD_BYTES });
  const server = createServer((request, response) => {
    serveFile(files, port, request, response).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });
  server.on('upgrade', (request, socket, head) => {
    // A browser always names the origin of a socket; whoever names none is no page.
    if (!isFromPage(request.headers, port) || request.headers.origin === undefined) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      sessions.open(client);
    });
  });
  const port = await listenOnLoopback(server, options.port);

  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      sessions.stop();
      for (const client of sockets.clients) client.terminate();
      await closeServer(server);
    },
  };
}

async function serveFile(
  files: PageFiles,
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headers = {
    'x-content-type-options': 'nosniff',
    'content-security-policy': contentSecurityPolicy(files.importMapHash),
  };
  const path = decodePath(request.url ?? '/');
  const isAllowed = isFromPage(request.headers, port) && request.method === 'GET';
  const file = isAllowed && path !== undefined ? await files.read(path) : undefined;
  if (file === undefined) {
    response.writeHead(isAllowed ? 404 : 403, { ...headers, 'content-type': 'text/plain' });
    response.end(isAllowed ? 'There is no such file.' : 'This page is for this machine alone.');
    return;
  }
  response.writeHead(200, {
    ...headers,
    'content-type': file.contentType,
    'cache-control': 'no-cache',
    'referrer-policy': 'no-referrer',
  });
  response.end(file.body);
}

/** Scripts from here only. Styles may stand in elements, as the components set them; files are the simulator's. */
function contentSecurityPolicy(importMapHash: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' ${importMapHash}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob: http://127.0.0.1:*",
    'media-src http://127.0.0.1:*',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function decodePath(url: string): string | undefined {
  try {
    return decodeURIComponent(url.split('?')[0] ?? '/');
  } catch {
    // A malformed escape names no file.
    return undefined;
  }
}
