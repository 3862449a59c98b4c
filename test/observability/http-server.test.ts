import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { startHttpServer } from '../../src/observability/http-server.ts';
import type { HttpServer } from '../../src/observability/http-server.ts';
import { createLog } from '../../src/observability/log.ts';
import { createReadiness } from '../../src/observability/readiness.ts';
import type { Check } from '../../src/observability/readiness.ts';

const log = createLog({ level: 'silent', secrets: [] });
const servers: HttpServer[] = [];

async function open(
  checks: Readonly<Record<string, Check>> = {},
  toText = (): Promise<string> => Promise.resolve('a_metric 1\n'),
): Promise<string> {
  const server = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    allowedHosts: ['bot.example.org'],
    metrics: { contentType: 'text/plain; version=0.0.4', toText },
    readiness: createReadiness(checks, 50),
    log,
  });
  servers.push(server);
  return `http://127.0.0.1:${server.port}`;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const healthy: Check = () => ({ ok: true, detail: 'fine' });

test('live as soon as it runs, ready when every check says so', async () => {
  const base = await open({ gateway: healthy, store: healthy });
  expect((await fetch(`${base}/health/live`)).status).toBe(200);
  const ready = await fetch(`${base}/health/ready`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ ready: true, checks: { gateway: { ok: true } } });
});

test('FAULTS 3: not ready names what is missing', async () => {
  const base = await open({
    gateway: () => ({ ok: false, detail: 'no heartbeat for 90 s' }),
    store: healthy,
  });
  const response = await fetch(`${base}/health/ready`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    ready: false,
    checks: {
      gateway: { ok: false, detail: 'no heartbeat for 90 s' },
      store: { ok: true, detail: 'fine' },
    },
  });
  expect((await fetch(`${base}/health/live`)).status).toBe(200);
});

test('FAULTS 28: a store that hangs makes it not ready within the deadline', async () => {
  let calls = 0;
  const base = await open({
    gateway: healthy,
    store: () => {
      calls += 1;
      return Promise.withResolvers<never>().promise;
    },
  });
  const responses = await Promise.all([1, 2, 3].map(() => fetch(`${base}/health/ready`)));
  expect(responses.map(({ status }) => status)).toEqual([503, 503, 503]);
  expect(await responses[0]?.json()).toMatchObject({
    checks: { store: { ok: false }, gateway: { ok: true } },
  });
  expect(calls).toBe(1);
});

test('a check that throws is a failed check', async () => {
  const base = await open({ store: () => Promise.reject(new Error('disk is full')) });
  const response = await fetch(`${base}/health/ready`);
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('disk is full');
});

test('metrics carry their content type; HEAD has no body', async () => {
  const base = await open();
  const response = await fetch(`${base}/metrics?x=1`);
  expect(response.headers.get('content-type')).toContain('text/plain');
  expect(await response.text()).toBe('a_metric 1\n');
  const head = await fetch(`${base}/metrics`, { method: 'HEAD' });
  expect(head.headers.get('content-length')).toBe('11');
  expect(await head.text()).toBe('');
});

test('other paths and methods are refused', async () => {
  const base = await open();
  expect((await fetch(`${base}/`)).status).toBe(404);
  expect((await fetch(`${base}/health/live/x`)).status).toBe(404);
  expect((await fetch(`${base}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405);
});

test('a failure to collect is a plain 500', async () => {
  const base = await open({}, () => Promise.reject(new Error('internal detail')));
  const response = await fetch(`${base}/metrics`);
  expect(response.status).toBe(500);
  expect(await response.text()).toBe('');
});

test('a port that is taken is one clear line', async () => {
  const base = await open();
  const port = Number(new URL(base).port);
  const second = startHttpServer({
    host: '127.0.0.1',
    port,
    metrics: { contentType: 'text/plain', toText: () => Promise.resolve('') },
    readiness: createReadiness({}, 50),
    log,
  });
  await expect(second).rejects.toMatchObject({
    code: 'http-listen',
    message: `Cannot listen on 127.0.0.1:${port}: another program uses it. Set HTTP_HOST and HTTP_PORT to a free address.`,
  });
});

test('stop does not wait for a connection that says nothing', async () => {
  const base = await open();
  const socket = connect(Number(new URL(base).port), '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.resume();
  await servers.pop()?.stop();
  await closed;
});

test.each([
  ['127.0.0.1:8080', 200],
  ['127.0.0.1', 200],
  ['localhost:8080', 200],
  ['[::1]:8080', 200],
  ['10.1.2.3', 200],
  ['switchboard:8080', 200],
  ['Bot.Example.org:8080', 200],
  ['evil.example', 421],
  ['evil.example:8080', 421],
  ['bot.example.org.evil.example', 421],
  ['evil.', 421],
  ['127.0.0.1.evil.example', 421],
  ['127.0.0.1@evil.example', 421],
  ['[evil.example]', 421],
])('called as %s it answers %i, whatever is asked for', async (host, status) => {
  const base = await open({ gateway: healthy });
  for (const path of ['/metrics', '/health/live', '/health/ready']) {
    const answered = Promise.withResolvers<number | undefined>();
    request(`${base}${path}`, { headers: { host } }, (response) => {
      answered.resolve(response.statusCode);
      response.resume();
    })
      .on('error', answered.reject)
      .end();
    expect(await answered.promise).toBe(status);
  }
});
