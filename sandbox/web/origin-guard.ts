import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a request comes from the page itself. A foreign page could otherwise reach this server through the
 * browser: by a name that it points at this machine (its Host is not ours), or straight (its Origin is not ours).
 */
export function isFromPage(headers: IncomingHttpHeaders, port: number): boolean {
  const hosts = ['127.0.0.1', 'localhost'].map((name) => `${name}:${port}`);
  const { host, origin } = headers;
  return host !== undefined && hosts.includes(host) && (origin === undefined || origin === `http://${host}`);
}
