import { afterEach, beforeEach, expect, test } from 'vitest';
import { createStage, type Stage } from './stage.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await createStage();
});

afterEach(async () => {
  await stage.discord.stop();
});

function send(content = 'x') {
  return stage.rest('POST', `/channels/${stage.channelId}/messages`, { content });
}

function count(): number {
  return stage.discord.messages(stage.channelId).length;
}

test('a status instead of the effect, so many times', async () => {
  stage.discord.faults.rest({ method: 'POST', path: /\/messages$/, status: 503, times: 2 });
  expect([(await send()).status, (await send()).status, (await send()).status]).toEqual([503, 503, 200]);
  expect(count()).toBe(1);
});

test('the effect happens and the answer is lost', async () => {
  const { faults } = stage.discord;
  faults.rest({ status: 500, afterEffect: true, times: 1 });
  expect((await send()).status).toBe(500);
  faults.rest({ kind: 'reset', afterEffect: true, times: 1 });
  await expect(send()).rejects.toThrow();
  expect(count()).toBe(2);
  faults.rest({ kind: 'reset', times: 1 });
  await expect(send()).rejects.toThrow();
  expect(count()).toBe(2);
});

test('an answer that never comes, and one that comes late', async () => {
  const { faults, apiUrl } = stage.discord;
  faults.rest({ path: /^\/gateway$/, kind: 'hang' });
  const hanging = fetch(`${apiUrl}/v10/gateway`, { signal: AbortSignal.timeout(50) });
  await expect(hanging).rejects.toThrow(/timeout/);
  faults.clear();
  faults.rest({ delayMs: 50, times: 1 });
  const start = performance.now();
  expect((await send()).status).toBe(200);
  expect(performance.now() - start).toBeGreaterThan(45);
});

test('a 429 of our own making', async () => {
  stage.discord.faults.rest({
    status: 429,
    body: { message: 'You are being rate limited.', retry_after: 2, global: false },
    headers: { 'X-RateLimit-Scope': 'shared', 'Retry-After': '2' },
    times: 1,
  });
  const answer = await send();
  expect(answer.headers.get('x-ratelimit-scope')).toBe('shared');
  expect(answer.body['retry_after']).toBe(2);
});

test('a proxy answers everything with a page, until it is taken away', async () => {
  const { faults, apiUrl } = stage.discord;
  faults.proxy({ status: 403, html: '<html>error 1020</html>' });
  for (const method of ['GET', 'POST']) {
    const answer = await fetch(`${apiUrl}/v10/channels/${stage.channelId}/messages`, { method });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await answer.text()).toBe('<html>error 1020</html>');
  }
  faults.proxy(undefined);
  expect((await send()).status).toBe(200);
});
