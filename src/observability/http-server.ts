import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { SwitchboardError } from '../errors.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 lets the system pick one. */
  readonly port: number;
  /** Names by which it may be called, beside `host`. */
  readonly allowedHosts?: readonly string[];
  readonly metrics: Pick<Metrics, 'contentType' | 'toText'>;
  readonly readiness: () => Promise<Readiness>;
  readonly log: Log;
}

export interface HttpServer {
  readonly port: number;
  /** Answers what is under way, for a second at most. */
  stop(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const json = 'application/json; charset=utf-8';
const unknownHost: Page = {
  status: 421,
  contentType: json,
  body: '{"error":"not served by this name; see HTTP_ALLOWED_HOSTS"}',
};
const notFound: Page = { status: 404, contentType: json, body: '{"error":"not found"}' };

const limits = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_000,
} as const;
const maxConnections = 100;
const stopGraceMs = 1_000;

/** Health and metrics for whoever operates the bot. Throws SwitchboardError `http-listen`. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const server = createServer(limits, (request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      options.log.error({ err: error, path: request.url }, 'a request to the health server failed');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.maxConnections = maxConnections;
  await listen(server, options);
  server.on('error', (error) => {
    options.log.error({ err: error }, 'the health server failed');
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  options.log.info({ host: options.host, port }, 'health and metrics are served');
  return { port, stop: () => stop(server) };
}

async function answer(
  options: HttpServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', connection: 'close' }).end();
    return;
  }
  const { host, allowedHosts = [] } = options;
  const isKnown = isKnownHost(request.headers.host, [host.toLowerCase(), ...allowedHosts]);
  const page = isKnown ? await toPage(options, request.url ?? '/') : unknownHost;
  response.writeHead(page.status, {
    'content-type': page.contentType,
    'content-length': Buffer.byteLength(page.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

/**
 * Whether a request was made to this server by a name that is its own. A page in a browser may have its own name point
 * here and so read what is served for the operator; to do so it needs a name that somebody can register. Addresses and
 * names without a dot are none; of others only those given are taken. A browser always says which it used.
 */
function isKnownHost(header: string | undefined, names: readonly string[]): boolean {
  if (header === undefined) return true;
  const [, bracketed, plain = ''] =
    /^(?:\[([\da-f:.]{2,45})\]|([\w.-]{1,253}))(?::\d{1,5})?$/i.exec(header) ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  const host = plain.toLowerCase();
  if (host === '') return false;
  return isIP(host) === 4 || !host.includes('.') || names.includes(host);
}

async function toPage({ metrics, readiness }: HttpServerOptions, url: string): Promise<Page> {
  const path = url.replace(/\?.*$/s, '');
  switch (path) {
    case '/health/live':
      return { status: 200, contentType: json, body: '{"live":true}' };
    case '/health/ready': {
      const result = await readiness();
      return { status: result.ready ? 200 : 503, contentType: json, body: JSON.stringify(result) };
    }
    case '/metrics':
      return { status: 200, contentType: metrics.contentType, body: await metrics.toText() };
    default:
      return notFound;
  }
}

function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const onError = (cause: NodeJS.ErrnoException): void => {
    const why = cause.code === 'EADDRINUSE' ? 'another program uses it' : cause.message;
    reject(
      new SwitchboardError(
        'http-listen',
        `Cannot listen on ${host}:${port}: ${why}. Set HTTP_HOST and HTTP_PORT to a free address.`,
        { cause },
      ),
    );
  };
  server.once('error', onError);
  server.listen(port, host, () => {
    server.off('error', onError);
    resolve(undefined);
  });
  return promise;
}

function stop(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => {
    server.closeAllConnections();
  }, stopGraceMs);
  server.close(() => {
    clearTimeout(timer);
    resolve(undefined);
  });
  server.closeIdleConnections();
  return promise;
}
