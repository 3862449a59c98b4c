import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createGuardedFetch } from '../../src/lib/guarded-fetch.ts';

const routes: Record<string, RequestListener> = {
  '/file': (_, response) => response.end('content'),
  '/gone': (_, response) => response.writeHead(403).end(),
  '/error': (_, response) => response.writeHead(500).end(),
  '/to-file': (_, response) => response.writeHead(302, { location: '/file' }).end(),
  '/to-itself': (_, response) => response.writeHead(302, { location: '/to-itself' }).end(),
  '/to-inside': (_, response) => response.writeHead(307, { location: 'http://169.254.169.254/' }).end(),
  '/to-data': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/endless': (_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'.repeat(1_000)), 1);
    response.on('close', () => {
      clearInterval(timer);
      closed.push('/endless');
    });
  },
  '/packed': (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(gzipSync(Buffer.alloc(100_000)));
  },
  '/silent': (_, response) => {
    response.on('close', () => closed.push('/silent'));
  },
};

const closed: string[] = [];
const server = createServer((request, response) => {
  routes[request.url ?? '']?.(request, response);
});
let origin = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function get(
  path: string,
  { maxBytes = 5_000, timeoutMs = 2_000, signal = new AbortController().signal } = {},
) {
  const fetch = createGuardedFetch({ origins: ['https://cdn.example', origin] });
  return fetch(path.startsWith('/') ? origin + path : path, { maxBytes, timeoutMs }, signal);
}

test.each(['/file', '/to-file'])('%s is fetched', async (path) => {
  const { bytes } = await get(path);
  expect(Buffer.from(bytes).toString()).toBe('content');
});

test.each([
  'https://elsewhere.example/file',
  'https://cdn.example.elsewhere.example/file',
  'http://cdn.example/file',
  'https://cdn.example:8443/file',
  'https://someone@cdn.example/file',
  'https://cdn.example@elsewhere.example/file',
  'http://localhost:1/file',
  'data:text/plain,hello',
  'file:///etc/passwd',
  'not an address',
  '',
])('FAULTS 39: nothing is sent to %j', async (address) => {
  await expect(get(address)).rejects.toMatchObject({ kind: 'not-allowed' });
});

test.each(['/to-inside', '/to-data'])('FAULTS 39: %s is not followed', async (path) => {
  await expect(get(path)).rejects.toMatchObject({ kind: 'not-allowed' });
});

test.each([
  ['/gone', 'gone'],
  ['/error', 'failed'],
  ['/to-itself', 'failed'],
])('%s is %s', async (path, kind) => {
  await expect(get(path)).rejects.toMatchObject({ kind });
});

test('FAULTS 26: more bytes than allowed are not read, whether announced, streamed or packed', async () => {
  await expect(get('/file', { maxBytes: 6 })).rejects.toMatchObject({ kind: 'too-large' });
  await expect(get('/packed')).rejects.toMatchObject({ kind: 'too-large' });
  await expect(get('/endless')).rejects.toMatchObject({ kind: 'too-large' });
  await expect.poll(() => closed).toContain('/endless');
});

test('FAULTS 26: the deadline counts from the first to the last byte, and closes the connection', async () => {
  await expect(get('/silent', { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' });
  await expect.poll(() => closed).toContain('/silent');
  await expect(get('/endless', { timeoutMs: 20, maxBytes: 1e9 })).rejects.toMatchObject({ code: 'timeout' });
});

test('a stop ends a download', async () => {
  const stopped = new AbortController();
  const download = get('/silent', { signal: stopped.signal });
  stopped.abort(new Error('stopped'));
  await expect(download).rejects.toThrow('stopped');
});
