import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { ConfigError, configVariables, parseConfig } from '../src/config.ts';
import type { Environment } from '../src/config.ts';

const minimal = { DISCORD_TOKEN: 'a-token.for-tests', OPENAI_API_KEY: 'sk-for-tests' };

function problemsOf(env: Environment): ConfigError['problems'] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('a token and a key suffice', () => {
  expect(parseConfig(minimal)).toEqual({
    discord: {
      token: 'a-token.for-tests',
      apiUrl: 'https://discord.com/api',
      attachmentOrigins: ['https://cdn.discordapp.com', 'https://media.discordapp.net'],
      requestsPerSecond: 50,
      maxStarts: 5,
      messageContentIntent: false,
      allowedGuilds: [],
    },
    model: {
      apiKey: 'sk-for-tests',
      baseUrl: undefined,
      name: 'gpt-5-mini',
      choices: ['gpt-5-mini'],
      fallbacks: [],
      firstTokenTimeoutMs: 60_000,
      streamIdleTimeoutMs: 30_000,
    },
    agent: {
      maxSteps: 8,
      maxParallelToolCalls: 8,
      toolTimeoutMs: 20_000,
      stepTimeoutMs: 180_000,
      runTimeoutMs: 300_000,
      maxInputTokens: 12_000,
    },
    runs: { maxConcurrent: 64, maxConcurrentPerUser: 2, maxPending: 1_000, maxPendingPerUser: 5 },
    daily: { max: 2_000, maxPerUser: 200 },
    maxEventLoopDelayMs: 250,
    store: { url: 'sqlite://data/switchboard.db', timeoutMs: 5_000 },
    http: { host: '127.0.0.1', port: 8080, allowedHosts: [] },
    log: { level: 'info', secrets: ['a-token.for-tests', 'sk-for-tests'] },
    shutdownGraceMs: 20_000,
  });
});

test('it is frozen through and through', () => {
  const config = parseConfig(minimal);
  expect(Object.isFrozen(config)).toBe(true);
  expect(Object.values(config).every((value) => Object.isFrozen(value))).toBe(true);
  expect(Object.isFrozen(config.log.secrets)).toBe(true);
});

test('empty and blank values count as missing', () => {
  const blank = Object.fromEntries(configVariables.map((name) => [name, '  ']));
  expect(parseConfig({ ...blank, ...minimal })).toEqual(parseConfig(minimal));
  expect(problemsOf(blank).map(({ name }) => name)).toEqual(['DISCORD_TOKEN', 'OPENAI_API_KEY']);
});

test('every problem is in one list, each with its remedy', () => {
  const error = new ConfigError(
    problemsOf({
      HTTP_PORT: '65536',
      MAX_STEPS: 'many',
      LOG_LEVEL: 'loud',
      MESSAGE_CONTENT_INTENT: 'maybe',
      RUN_TIMEOUT_MS: '1.5',
      MAX_CONCURRENT_RUNS: '0',
      DISCORD_API_URL: 'discord.com/api',
    }),
  );
  expect(error.problems.map(({ name }) => name)).toEqual([
    'DISCORD_TOKEN',
    'DISCORD_API_URL',
    'MESSAGE_CONTENT_INTENT',
    'OPENAI_API_KEY',
    'MAX_STEPS',
    'RUN_TIMEOUT_MS',
    'MAX_CONCURRENT_RUNS',
    'HTTP_PORT',
    'LOG_LEVEL',
  ]);
  for (const { name, problem, remedy } of error.problems) {
    expect(remedy).not.toBe('');
    expect(error.message).toContain(`${name} ${problem}`);
    expect(error.message).toContain(remedy);
  }
});

describe('the token', () => {
  test.each([
    ['"quoted"', 'quotes'],
    ["'quoted'", 'quotes'],
    ['Bot abc.def', 'begins with "Bot "'],
    ['abc def', 'spaces'],
    ['abc…', 'characters that no token has'],
  ])('%s is refused', (token, words) => {
    const [problem, ...others] = problemsOf({ ...minimal, DISCORD_TOKEN: token });
    expect(problem?.problem).toContain(words);
    expect(others).toEqual([]);
  });

  test('FAULTS 41: no secret is repeated in a problem', () => {
    const canary = 'canary-value';
    const error = new ConfigError(
      problemsOf({
        DISCORD_TOKEN: `Bot ${canary}`,
        OPENAI_API_KEY: `"${canary}"`,
        OPENAI_BASE_URL: `ftp://user:${canary}@host`,
        STORE_URL: `redis://user:${canary}@host`,
      }),
    );
    expect(error.problems).toHaveLength(5);
    expect(JSON.stringify(error.problems) + error.message).not.toContain(canary);
  });
});

describe('the model server', () => {
  const local = { DISCORD_TOKEN: 'a', OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1/' };

  test('another server needs no key, but the name of a model', () => {
    expect(problemsOf(local).map(({ name }) => name)).toEqual(['OPENAI_MODEL']);
    expect(parseConfig({ ...local, OPENAI_MODEL: 'qwen3:8b' }).model).toMatchObject({
      apiKey: undefined,
      baseUrl: 'http://127.0.0.1:11434/v1',
      name: 'qwen3:8b',
    });
  });

  test("OpenAI's own address still needs a key", () => {
    const own = { DISCORD_TOKEN: 'a', OPENAI_BASE_URL: 'https://api.openai.com/v1' };
    expect(problemsOf(own).map(({ name }) => name)).toEqual(['OPENAI_API_KEY']);
  });

  test('passwords in addresses are known to be secret', () => {
    const env = { ...local, OPENAI_BASE_URL: 'https://me:p%40ss@llm.example/v1', OPENAI_MODEL: 'x' };
    expect(parseConfig(env).log.secrets).toEqual(['a', 'p%40ss', 'p@ss']);
    expect(parseConfig({ ...env, OPENAI_BASE_URL: 'https://me:p%@llm.example/v1' }).log.secrets).toContain(
      'p%',
    );
  });
});

describe('fallback models', () => {
  const parse = (list: string, env: Environment = {}) =>
    parseConfig({ ...minimal, ...env, OPENAI_FALLBACK_MODELS: list });

  test('at the same server, at another one, and at one with a key of its own', () => {
    const { model, log } = parse(
      'gpt-5-nano, @cf/meta/llama@https://me:pass-word@llm.example/v1#SPARE_KEY ,qwen3:8b@http://127.0.0.1:11434/v1/',
      { SPARE_KEY: 'spare-key' },
    );
    expect(model.fallbacks).toEqual([
      { name: 'gpt-5-nano', baseUrl: undefined, apiKey: 'sk-for-tests' },
      { name: '@cf/meta/llama', baseUrl: 'https://me:pass-word@llm.example/v1', apiKey: 'spare-key' },
      { name: 'qwen3:8b', baseUrl: 'http://127.0.0.1:11434/v1', apiKey: undefined },
    ]);
    expect(log.secrets).toEqual(expect.arrayContaining(['spare-key', 'pass-word']));
    expect(Object.isFrozen(model.fallbacks[0])).toBe(true);
  });

  test.each([
    ['a,,b', 'entry 2', 'names no model'],
    ['@https://llm.example/v1', 'entry 1', 'names no model'],
    ['a b', 'entry 1', 'neither a model'],
    ['a@ftp://llm.example', 'entry 1', 'neither a model'],
    ['a@https://', 'entry 1', 'not an http or https address'],
    ['a@https://llm.example/v1?x=1', 'entry 1', 'query'],
    ['a#SPARE_KEY', 'entry 1', 'no address'],
    ['a@https://llm.example/v1#', 'entry 1', 'no name of a variable'],
    ['a@https://llm.example/v1#MISSING', 'entry 1', 'not set'],
    ['a@https://llm.example/v1#QUOTED', 'entry 1', 'no key has'],
    ['a@https://llm.example/v1#DISCORD_TOKEN', 'entry 1', 'Discord token'],
    ['a@https://api.openai.com/v1', 'entry 1', 'has no key'],
    ['a,b,a', 'entry 3', 'repeats'],
    ['a,b,c,d,e,f,g,h,i', 'entry 9', 'one too many'],
  ])('%s is refused', (list, place, words) => {
    const problems = problemsOf({ ...minimal, QUOTED: '"key"', OPENAI_FALLBACK_MODELS: list });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ name: 'OPENAI_FALLBACK_MODELS' });
    expect(problems[0]?.problem).toContain(place);
    expect(problems[0]?.problem).toContain(words);
    expect(problems[0]?.remedy).not.toBe('');
  });

  test.each([
    'a@https://llm.example/v1#sk-canary-value',
    'a@https://llm.example/v1#CANARY_VALUE',
    'a@https://user:canary-value@llm.example/v1?x',
    'a@ftp://user:canary-value@llm.example',
    'a#canary-value',
  ])('FAULTS 41: a key written into the list by mistake is not repeated: %s', (list) => {
    const error = new ConfigError(problemsOf({ ...minimal, OPENAI_FALLBACK_MODELS: list }));
    expect(error.problems).toHaveLength(1);
    expect(error.message).not.toMatch(/canary.value/i);
  });
});

describe('the store', () => {
  test.each(['memory://', 'sqlite://data/bot.db', 'sqlite:///var/lib/bot.db'])('%s', (url) => {
    expect(parseConfig({ ...minimal, STORE_URL: url }).store.url).toBe(url);
  });

  test.each([
    'redis://localhost',
    'rediss://localhost',
    'postgres://localhost/x',
    'postgresql://localhost/x',
  ])('%s is told apart from nonsense', (url) => {
    expect(problemsOf({ ...minimal, STORE_URL: url })[0]?.problem).toContain('cannot use yet');
  });

  test.each(['data/bot.db', 'sqlite://', 'sqlite://:memory:', 'mysql://x'])('%s is refused', (url) => {
    expect(problemsOf({ ...minimal, STORE_URL: url })).toHaveLength(1);
  });
});

test.each([
  ['true', true],
  ['YES', true],
  ['1', true],
  ['off', false],
  ['0', false],
])('%s is a switch', (text, value) => {
  expect(parseConfig({ ...minimal, MESSAGE_CONTENT_INTENT: text }).discord.messageContentIntent).toBe(value);
});

test('people may choose the models that the operator names, and always the configured one', () => {
  const choices = (names: string) =>
    parseConfig({ ...minimal, OPENAI_MODEL: 'small', OPENAI_MODELS: names }).model.choices;
  expect(choices('')).toEqual(['small']);
  expect(choices('large, huge')).toEqual(['small', 'large', 'huge']);
  expect(choices('large,small')).toEqual(['small', 'large']);
});

test.each([
  ['a,,b', '(entry 2) names no model'],
  ['a,"b"', '(entry 2) has spaces or quotes'],
  ['a,b,a', '(entry 3) repeats an earlier one'],
  [`a,${'b'.repeat(101)}`, '(entry 2) is longer than 100 characters'],
  [Array.from({ length: 101 }, (_, index) => `m${index}`).join(','), 'names too many models'],
])('OPENAI_MODELS: %s', (names, problem) => {
  expect(problemsOf({ ...minimal, OPENAI_MODELS: names })).toMatchObject([
    { name: 'OPENAI_MODELS', problem },
  ]);
});

test('no wait is longer than a timer can hold', () => {
  expect(problemsOf({ ...minimal, RUN_TIMEOUT_MS: '2147483648' })).toHaveLength(1);
});

describe('what is written about the variables', () => {
  test('.env.example explains each of them and no other', async () => {
    const text = await readFile(new URL('../.env.example', import.meta.url), 'utf8');
    const named = [...text.matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
    expect(named.toSorted()).toEqual(configVariables.toSorted());
  });

  test('the table in README.md names each of them, its default, and no other', async () => {
    const text = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `([A-Z][A-Z0-9_]+)` +\| +`?([^|`]*?)`? +\|/gm)];
    expect(rows.map(([, name]) => name).toSorted()).toEqual(configVariables.toSorted());
    const defaults: Environment = Object.fromEntries(
      rows.map(([, name = '', value]) => [name, value === 'required' ? undefined : value]),
    );
    expect(parseConfig({ ...defaults, ...minimal })).toEqual(parseConfig(minimal));
  });

  test('the values in .env.example are the defaults', async () => {
    const text = await readFile(new URL('../.env.example', import.meta.url), 'utf8');
    const lines = [...text.matchAll(/^# ?([A-Z][A-Z0-9_]+)=(.*)$/gm)];
    const defaults: Environment = Object.fromEntries(lines.map(([, name = '', value]) => [name, value]));
    expect(parseConfig({ ...defaults, OPENAI_BASE_URL: '', ...minimal })).toEqual(parseConfig(minimal));
  });
});

describe('hosts of files', () => {
  const originsOf = (text: string) =>
    parseConfig({ ...minimal, ATTACHMENT_HOSTS: text }).discord.attachmentOrigins;

  test('are reached over https, unless they say otherwise', () => {
    expect(
      originsOf('cdn.example, Files.example:8443,http://127.0.0.1:9000, https://[::1]:1, cdn.example'),
    ).toEqual([
      'https://cdn.example',
      'https://files.example:8443',
      'http://127.0.0.1:9000',
      'https://[::1]:1',
    ]);
  });

  test.each([
    ['cdn.example,', 2, /is not a host/],
    ['*.example', 1, /is not a host/],
    ['cdn.example cdn2.example', 1, /is not a host/],
    ['ftp://cdn.example', 1, /is not a host/],
    ['file:///etc/passwd', 1, /is not a host/],
    ['cdn.example,cdn2.example/files', 2, /has more than a host and a port/],
    ['https://ann:secret@cdn.example', 1, /has more than a host and a port/],
  ])('%s is refused', (text, entry, problem) => {
    const [refused] = problemsOf({ ...minimal, ATTACHMENT_HOSTS: text });
    expect(refused).toMatchObject({
      name: 'ATTACHMENT_HOSTS',
      problem: expect.stringMatching(problem) as string,
    });
    expect(refused?.problem).toContain(`(entry ${entry})`);
    expect(JSON.stringify(refused)).not.toContain('secret');
  });
});

test('lists of servers and of host names are read, and slips in them are named', () => {
  const guilds = '123456789012345678, 223456789012345678\n';
  const config = parseConfig({ ...minimal, ALLOWED_GUILDS: guilds, HTTP_ALLOWED_HOSTS: 'Bot.Example.org' });
  expect(config.discord.allowedGuilds).toEqual(['123456789012345678', '223456789012345678']);
  expect(config.http.allowedHosts).toEqual(['bot.example.org']);
  const problems = problemsOf({
    ...minimal,
    ALLOWED_GUILDS: 'My server',
    HTTP_ALLOWED_HOSTS: 'http://bot:8080',
  });
  expect(problems.map(({ name }) => name)).toEqual(['ALLOWED_GUILDS', 'HTTP_ALLOWED_HOSTS']);
  expect(parseConfig({ ...minimal, MAX_RUNS_PER_DAY: '0' }).daily.max).toBe(0);
});
