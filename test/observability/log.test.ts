import { performance } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { SwitchboardError } from '../../src/errors.ts';
import { createLog } from '../../src/observability/log.ts';
import type { Log } from '../../src/observability/log.ts';

const canary = 'MTk4NjIyNDgzNDcx.Cl2FMQ.Zn-canary_token';
const quoted = 'pass"word\\canary/ü';

function createTestLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const log = createLog({
    level: 'trace',
    secrets: [canary, quoted],
    destination: { write: (line) => lines.push(line) },
  });
  return { log, lines };
}

function parse(line: string | undefined): unknown {
  return JSON.parse(line ?? '');
}

describe('FAULTS 41: secrets never reach the log', () => {
  const cases: Readonly<Record<string, (log: Log) => void>> = {
    'in the message': (log) => {
      log.info(`logging in with ${canary} now`);
    },
    'twice in one string': (log) => {
      log.info({ text: `${canary}${canary}` }, 'twice');
    },
    'in a nested object': (log) => {
      log.warn({ a: { b: [{ c: { note: `x${canary}y` } }] } }, 'nested');
    },
    'as a property name': (log) => {
      log.warn({ [canary]: 1 }, 'name');
    },
    'in an error, its stack and its cause': (log) => {
      const cause = new Error(`inner ${canary}`);
      log.error({ err: new Error(`outer ${canary}`, { cause }) }, 'failed');
    },
    'in the context of an error of our own': (log) => {
      log.error(new SwitchboardError('x', 'failed', { context: { url: `https://h/?k=${canary}` } }));
    },
    'in an error under another name': (log) => {
      log.error({ error: new Error(canary), cause: new Error(canary) }, 'failed');
    },
    'in the bindings of a child': (log) => {
      log.child({ runId: '1', note: canary }).info('child');
    },
    'in a value that JSON escapes': (log) => {
      log.info({ text: quoted }, quoted);
    },
    'in an address': (log) => {
      log.info({ url: `https://user:${encodeURIComponent(quoted)}@host/` }, 'address');
    },
    'in a Basic header': (log) => {
      log.info(`Basic ${Buffer.from(canary).toString('base64')}`);
    },
    'at every level': (log) => {
      for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) log[level](canary);
    },
  };

  test.each(Object.keys(cases))('%s', (name) => {
    const { log, lines } = createTestLog();
    cases[name]?.(log);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      expect(parse(line)).toMatchObject({ time: expect.any(String) as string });
      expect(line).toContain('[redacted]');
      expect(line).not.toMatch(/canary/);
    }
  });

  test('values of sensitive keys that nobody configured, at any depth', () => {
    const { log, lines } = createTestLog();
    const hidden = 'hidden-value';
    log.info(
      {
        token: hidden,
        apiKey: hidden,
        a: { api_key: hidden, b: { headers: { Authorization: hidden, 'Set-Cookie': [hidden, hidden] } } },
        err: Object.assign(new Error('x'), { config: { 'x-api-key': hidden, DB_PASSWORD: hidden } }),
        interactionToken: { value: hidden },
      },
      'keys',
    );
    expect(lines.join('')).not.toContain(hidden);
    expect(parse(lines[0])).toMatchObject({ token: '[redacted]', a: { api_key: '[redacted]' }, msg: 'keys' });
  });

  test('values of such keys in the plural, in any case, in lists and within texts', () => {
    const { log, lines } = createTestLog();
    const hidden = 'hidden-value';
    log.info({
      tokens: [hidden],
      apiKeys: { a: hidden },
      Passwords: hidden,
      'ACCESS-KEY': hidden,
      privateKey: hidden,
    });
    log.info({ Authorization: [hidden, { deep: [hidden] }], cookies: { a: [hidden] }, PASSPHRASE: 1234 });
    log.info({ rawHeaders: ['Accept', 'x', 'Authorization', hidden], headers: [['X-Api-Key', hidden]] });
    log.info({
      headers: [
        { name: 'Cookie', value: hidden },
        { name: 'Accept', value: 'x' },
      ],
    });
    log.info({
      body: JSON.stringify({ error: { access_token: hidden, body: JSON.stringify({ secrets: hidden }) } }),
    });
    log.info(`GET https://host/path?v=1&access_token=${hidden}&x-api-key=${hidden}&key=${hidden}#a`);
    expect(lines).toHaveLength(6);
    for (const line of lines) {
      parse(line);
      expect(line).not.toContain(hidden);
      expect(line).toContain('[redacted]');
    }
    expect(lines.join('')).not.toContain('1234');
    expect(lines[2]).toContain('"Accept","x"');
    expect(lines[5]).toContain('?v=1&access_token=[redacted]&');
  });

  test('tokens in headers and in routes, by their surroundings', () => {
    const { log, lines } = createTestLog();
    const token = 'aW50ZXJhY3Rpb246MTIzNDU2Nzg5';
    log.info(`POST https://discord.com/api/v10/webhooks/123456789/${token}/messages`);
    log.info(`POST /interactions/123456789/${token}/callback with Bearer ${token}`);
    expect(lines.join('')).not.toContain(token);
    expect(lines[0]).toContain('/webhooks/123456789/[redacted]/messages');
  });
});

test('what is not secret stays as it is', () => {
  const { log, lines } = createTestLog();
  const entry = {
    inputTokens: 12,
    outputTokens: 3,
    tokenizer: 'o200k',
    text: 'a token is a word',
    id: '1234',
  };
  log.child({ runId: '7', userId: '8', channelId: '9' }).info(entry, 'run ended');
  expect(parse(lines[0])).toMatchObject({
    ...entry,
    runId: '7',
    userId: '8',
    channelId: '9',
    msg: 'run ended',
  });
});

test('each entry is one line of JSON, whatever it holds', () => {
  const { log, lines } = createTestLog();
  log.info({ text: 'a\nb\u2028c', password: 'x\ny' }, 'line\nbreak');
  expect(lines).toHaveLength(1);
  expect(lines[0]?.trimEnd()).not.toContain('\n');
  expect(lines[0]?.endsWith('\n')).toBe(true);
});

test('values too short to be secrets do not blank out words', () => {
  const lines: string[] = [];
  const log = createLog({
    level: 'info',
    secrets: ['info', ''],
    destination: { write: (line) => lines.push(line) },
  });
  log.info('info');
  expect(parse(lines[0])).toMatchObject({ level: 'info', msg: 'info' });
});

test('redaction takes time in proportion to the text', () => {
  const { log } = createTestLog();
  const parts = {
    token: 40_000,
    'Bearer ': 30_000,
    '/webhooks/1/': 20_000,
    'tokens\\"': 20_000,
    '?a-b_': 20_000,
  };
  const hostile = Object.entries(parts)
    .map(([part, count]) => part.repeat(count))
    .join('');
  const start = performance.now();
  log.info({ hostile, password: 'x' }, 'hostile');
  expect(performance.now() - start).toBeLessThan(500);
});

test('levels below the configured one are not written', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'warn', secrets: [], destination: { write: (line) => lines.push(line) } });
  log.info('quiet');
  log.warn('loud');
  expect(lines).toHaveLength(1);
});
