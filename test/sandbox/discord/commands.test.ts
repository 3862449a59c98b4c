import { afterAll, beforeAll, expect, test } from 'vitest';
import { createStage, type Stage } from './stage.ts';

let stage: Stage;
let path: string;

beforeAll(async () => {
  stage = await createStage();
  path = `/applications/${stage.discord.applicationId}/commands`;
});

afterAll(async () => {
  await stage.discord.stop();
});

const option = (name: string, more: object = {}) => ({ type: 3, name, description: 'x', ...more });

test.each([
  ['a name with capitals', { name: 'Ask', description: 'x' }],
  ['a name with a space', { name: 'ask me', description: 'x' }],
  ['no description', { name: 'ask' }],
  ['a description of 101 characters', { name: 'ask', description: 'x'.repeat(101) }],
  [
    '26 options',
    { name: 'ask', description: 'x', options: Array.from({ length: 26 }, (_, i) => option(`o${i}`)) },
  ],
  [
    '26 choices',
    {
      name: 'ask',
      description: 'x',
      options: [
        option('o', { choices: Array.from({ length: 26 }, (_, i) => ({ name: `${i}`, value: `${i}` })) }),
      ],
    },
  ],
  [
    'a required option after an optional one',
    { name: 'ask', description: 'x', options: [option('a'), option('b', { required: true })] },
  ],
  [
    'choices with autocomplete',
    {
      name: 'ask',
      description: 'x',
      options: [option('a', { autocomplete: true, choices: [{ name: 'x', value: 'x' }] })],
    },
  ],
  [
    'more than 8,000 characters',
    {
      name: 'ask',
      description: 'x',
      options: Array.from({ length: 2 }, (_, i) =>
        option(`o${i}`, {
          choices: Array.from({ length: 25 }, (_unused, j) => ({
            name: `${j}`.padEnd(100, 'x'),
            value: `${j}`.padEnd(100, 'x'),
          })),
        }),
      ),
    },
  ],
  ['a description on a context menu', { name: 'Ask about this', type: 3, description: 'x' }],
])('%s is refused', async (_, command) => {
  const answer = await stage.rest('POST', path, command);
  expect(answer.status).toBe(400);
  expect(answer.body.code).toBe(50035);
});

test('created, replaced by name, overwritten, deleted', async () => {
  const first = await stage.rest('POST', path, { name: 'ask', description: 'one' });
  expect(first.status).toBe(201);
  const second = await stage.rest('POST', path, { name: 'ask', description: 'two' });
  expect(second.status).toBe(200);
  expect(second.body.id).toBe(first.body.id);

  const commands = [
    { name: 'ask', description: 'three', contexts: [0, 1, 2], integration_types: [0, 1] },
    { name: 'stop', description: 'Stops' },
  ];
  await stage.rest('PUT', path, commands);
  expect(stage.discord.commands().map(({ name, description }) => [name, description])).toEqual([
    ['ask', 'three'],
    ['stop', 'Stops'],
  ]);
  expect(stage.discord.commands()[0]).toMatchObject({ id: first.body.id, contexts: [0, 1, 2] });

  await stage.rest('DELETE', `${path}/${first.body.id}`);
  expect((await stage.rest('GET', `${path}/${first.body.id}`)).body.code).toBe(10063);
  const duplicates = [commands[1], commands[1]];
  expect((await stage.rest('PUT', path, duplicates)).body.code).toBe(50035);
});

test('a guild has commands of its own; another application has none here', async () => {
  const guildPath = `/applications/${stage.discord.applicationId}/guilds/${stage.guildId}/commands`;
  await stage.rest('PUT', guildPath, [{ name: 'local', description: 'Here only' }]);
  const listed = await stage.rest('GET', guildPath);
  expect(listed.body).toMatchObject([{ name: 'local', guild_id: stage.guildId }]);
  expect((await stage.rest('GET', '/applications/1/commands')).body.code).toBe(10002);
});
