import { readFile } from 'node:fs/promises';
import { ApplicationCommandOptionType, PermissionFlagsBits } from 'discord.js';
import { expect, test } from 'vitest';
import { commands } from '../commands/index.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

test('the permission integer is the sum of the permissions in the table', () => {
  const invitation = /permissions=(\d+)/.exec(readme)?.[1];
  const table = readme.slice(readme.indexOf('| Permission '), readme.indexOf('It never needs'));
  const names = [...table.matchAll(/^ +\| `([^`]+)` /gm)].map(([, name = '']) => name);
  expect(names).toHaveLength(7);
  const flags = names.map((name) => {
    const key = name.replace('View Channels', 'ViewChannel').replaceAll(/ in /g, ' In ').replaceAll(' ', '');
    const flag = Object.entries(PermissionFlagsBits).find(([known]) => known === key)?.[1];
    if (flag === undefined) throw new Error(`Discord has no permission named ${name}`);
    return flag;
  });
  expect(invitation).toBe(String(flags.reduce((all, flag) => all | flag, 0n)));
  expect(readme).toContain(`together \`${String(invitation)}\``);
});

test('the table of commands names each of them and no other', () => {
  const documented = [
    ...readme.matchAll(/^\| `\/([a-z]+)(?: (show|forget|while-running|mode))?[^`]*` /gm),
  ].map(([, name = '', sub]) => (sub === undefined ? name : `${name} ${sub}`));
  const existing = commands.flatMap(({ definition }) => {
    const options = 'options' in definition ? (definition.options ?? []) : [];
    const subcommands = options.filter(({ type }) => type === ApplicationCommandOptionType.Subcommand);
    return subcommands.length === 0
      ? [definition.name]
      : subcommands.map(({ name }) => `${definition.name} ${name}`);
  });
  const onMessages = [...readme.matchAll(/^\| _([A-Z][a-z ]+)_ /gm)].map(([, name]) => name);
  expect([...documented, ...onMessages].toSorted()).toEqual(existing.toSorted());
});

test('its links lead somewhere', async () => {
  const targets = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, target = '']) => target);
  expect(targets.length).toBeGreaterThan(5);
  for (const target of targets) {
    await expect(readFile(new URL(`../${target}`, import.meta.url)), target).resolves.toBeDefined();
  }
});
