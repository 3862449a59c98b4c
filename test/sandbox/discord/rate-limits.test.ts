import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createStage, type Stage } from './stage.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await createStage({ rateLimits: 'strict' });
});

afterEach(async () => {
  await stage.discord.stop();
});

function create(content: string) {
  return stage.rest('POST', `/channels/${stage.channelId}/messages`, { content });
}

describe('creates and edits of a channel', () => {
  test('five of each in five seconds, counted apart, under one hash', async () => {
    const creates = [];
    for (let index = 0; index < 6; index += 1) creates.push(await create(`message ${index}`));
    expect(creates.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
    expect(creates.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual([
      '4',
      '3',
      '2',
      '1',
      '0',
      '0',
    ]);

    const [first, refused] = [creates[0], creates[5]];
    expect(first?.headers.get('x-ratelimit-limit')).toBe('5');
    expect(Number(first?.headers.get('x-ratelimit-reset-after'))).toBeCloseTo(5, 0);
    expect(refused?.headers.get('x-ratelimit-scope')).toBe('user');
    expect(refused?.body).toMatchObject({ message: 'You are being rate limited.', global: false });
    expect(Number(refused?.body['retry_after'])).toBeGreaterThan(3);

    const path = `/channels/${stage.channelId}/messages/${first?.body.id ?? ''}`;
    const edit = await stage.rest('PATCH', path, { content: 'edited' });
    expect(edit.status).toBe(200);
    expect(edit.headers.get('x-ratelimit-remaining')).toBe('4');
    expect(edit.headers.get('x-ratelimit-bucket')).toBe(first?.headers.get('x-ratelimit-bucket'));
    expect(stage.discord.stats.byStatus).toMatchObject({ 200: 6, 429: 1 });
  });

  test('another channel has a bucket of its own', async () => {
    for (let index = 0; index < 5; index += 1) await create('x');
    const other = stage.discord.people.addChannel(stage.guildId, { name: 'other' });
    const answer = await stage.rest('POST', `/channels/${other.id}/messages`, { content: 'x' });
    expect(answer.status).toBe(200);
  });
});

test('reactions: one in a quarter of a second, then again', async () => {
  const id = stage.say('react to me');
  const path = (emoji: string) =>
    `/channels/${stage.channelId}/messages/${id}/reactions/${encodeURIComponent(emoji)}/@me`;
  expect((await stage.rest('PUT', path('👍'))).status).toBe(204);
  const refused = await stage.rest('PUT', path('👎'));
  expect(refused.status).toBe(429);
  await new Promise((resolve) => setTimeout(resolve, Number(refused.body['retry_after']) * 1000 + 5));
  expect((await stage.rest('PUT', path('👎'))).status).toBe(204);
});

test('the global limit holds over every window of a second, interaction endpoints aside', async () => {
  const limited = await createStage({ rateLimits: 'strict', globalRequestsPerSecond: 10 });
  const answers = await Promise.all(
    Array.from({ length: 15 }, () => limited.rest('GET', `/channels/${limited.channelId}`)),
  );
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(5);
  expect(refused[0]?.headers.get('x-ratelimit-global')).toBe('true');
  expect(refused[0]?.headers.get('x-ratelimit-scope')).toBe('global');
  expect(refused[0]?.body).toMatchObject({ global: true });
  expect(limited.discord.stats.peakPerSecond).toBe(15);

  const callback = await limited.rest('POST', '/interactions/1/unknown/callback', { type: 5 });
  expect(callback.body.code).toBe(10062);
  expect(limited.discord.stats.invalidRequests).toBe(5);
  await limited.discord.stop();
});

test('switched off, there are neither headers nor refusals', async () => {
  const open = await createStage({ rateLimits: 'off' });
  for (let index = 0; index < 60; index += 1) {
    const answer = await open.rest('POST', `/channels/${open.channelId}/messages`, { content: 'x' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-ratelimit-limit')).toBeNull();
  }
  await open.discord.stop();
});

test('a request without the right token is 401 and counts as invalid', async () => {
  const response = await fetch(`${stage.discord.apiUrl}/v10/users/@me`, {
    headers: { authorization: 'Bot wrong' },
  });
  expect(response.status).toBe(401);
  expect(await response.json()).toEqual({ message: '401: Unauthorized', code: 0 });
  expect(stage.discord.stats.invalidRequests).toBe(1);
});
