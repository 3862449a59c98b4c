import { ChannelType } from 'discord-api-types/v10';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startDiscord } from '../../../sandbox/discord/server.ts';
import type { SimulatedDiscord } from '../../../sandbox/discord/types.ts';
import { fillDemoWorld } from '../../../sandbox/web/demo-world.ts';
import { startPageServer } from '../../../sandbox/web/server.ts';
import type { PageServer } from '../../../sandbox/web/server.ts';

let discord: SimulatedDiscord;
let page: PageServer;

beforeAll(async () => {
  discord = await startDiscord();
  fillDemoWorld(discord);
  page = await startPageServer({ discord, port: 0, modelLabel: 'a script', crowdTokens: 20 });
});

afterAll(async () => {
  await page.stop();
  await discord.stop();
});

/** As a browser would send it, but with the headers and the path exactly as given. */
async function get(path: string, headers: Record<string, string> = {}) {
  const { hostname, port } = new URL(page.url);
  const asked = request({ hostname, port, path, headers: { host: `127.0.0.1:${port}`, ...headers } }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  let body = '';
  for await (const part of response) body += String(part);
  return { status: response.statusCode, headers: response.headers, body };
}

describe('files', () => {
  test('the page comes with a policy that lets nothing else in', async () => {
    const { status, headers, body } = await get('/');
    expect(status).toBe(200);
    expect(body).toContain('<script type="importmap">{"imports":{');
    expect(headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self' 'sha256-/);
    expect(body).not.toMatch(/https?:\/\//);
  });

  test.each(['/main.js', '/icon.svg', '/packages/lit/index.js', '/packages/lit-html/lit-html.js'])(
    '%s is there',
    async (path) => {
      expect((await get(path)).status).toBe(200);
    },
  );

  test.each([
    '/missing.js',
    '/../flags.ts',
    '/%2e%2e/%2e%2e/package.json',
    '/packages/lit/../../package.json',
    '/packages/lit/%2e%2e/zod/package.json',
    '/packages/zod/package.json',
    '/packages/lit/node_modules',
    '/%',
  ])('%s is not', async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});

describe('who may come in', () => {
  test.each([
    ['a name that was pointed at this machine', { host: 'evil.example' }],
    ['another port', { host: '127.0.0.1:1' }],
    ['a page from elsewhere', { origin: 'http://evil.example' }],
  ])('not %s', async (_, headers) => {
    expect((await get('/', headers)).status).toBe(403);
  });

  test.each([['http://evil.example'], ['http://localhost:1'], [undefined]])(
    'no socket from %s',
    async (origin) => {
      const socket = new WebSocket(page.url.replace('http', 'ws'), origin === undefined ? {} : { origin });
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error.message).toContain('403');
    },
  );
});

/** A page without a browser. */
async function openPage() {
  const socket = new WebSocket(page.url.replace('http', 'ws'), { origin: page.url });
  const messages: Record<string, unknown>[] = [];
  socket.on('message', (data) => {
    messages.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>);
  });
  await expect.poll(() => messages.length).toBeGreaterThan(0);
  return {
    socket,
    messages,
    ask: async (action: object) => {
      const requestId = messages.length + 1_000;
      socket.send(JSON.stringify({ requestId, action }));
      await expect.poll(() => messages.some((message) => message['requestId'] === requestId)).toBe(true);
      return messages.find((message) => message['requestId'] === requestId);
    },
  };
}

function firstPlace() {
  const channel = discord.channels().find(({ type }) => type === ChannelType.GuildText);
  const user = discord.users().find(({ bot }) => bot !== true);
  if (channel === undefined || user === undefined) throw new Error('the demo world is empty');
  return { channelId: channel.id, userId: user.id };
}

describe('the socket', () => {
  test('begins with all there is, and then says what happens', async () => {
    const { messages, ask, socket } = await openPage();
    expect(messages[0]).toMatchObject({
      type: 'snapshot',
      modelLabel: 'a script',
      botUserId: discord.botUserId,
    });
    const file = { name: 'a.txt', contentType: 'text/plain', base64: btoa('hello') };
    const result = await ask({ type: 'say', ...firstPlace(), content: 'hello there', files: [file] });
    expect(result).toMatchObject({ ok: true, value: { content: 'hello there' } });
    const events = messages.filter(({ type }) => type === 'events').flatMap(({ events: list }) => list);
    expect(events).toMatchObject([
      {
        type: 'message-create',
        message: { content: 'hello there', attachments: [{ filename: 'a.txt', size: 5 }] },
      },
    ]);
    socket.terminate();
  });

  test('hands on the sentence in which an act was refused', async () => {
    const { ask, socket } = await openPage();
    const { userId } = firstPlace();
    const result = await ask({ type: 'delete', userId, messageId: '1' });
    expect(result).toMatchObject({ ok: false });
    expect(result?.['error']).toMatch(/\w+ \w+/);
    socket.terminate();
  });

  test.each([
    ['no JSON', 'hello'],
    ['an act that people do not have', '{"requestId":1,"action":{"type":"ban"}}'],
    ['an act with too much in it', '{"requestId":1,"action":{"type":"open-dm","userId":"1","as":"admin"}}'],
  ])('closes on %s', async (_, text) => {
    const { socket } = await openPage();
    socket.send(text);
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1007);
  });
});
