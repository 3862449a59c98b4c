import { expect, test } from 'vitest';
import {
  canEveryoneRead,
  hasPermission,
  permission,
  permissionsIn,
  type GuildFacts,
} from '../../src/policy/permissions.ts';

const read = permission.viewChannel | permission.readMessageHistory;
const guild: GuildFacts = {
  id: '1',
  ownerId: '50',
  roles: new Map([
    ['1', read],
    ['2', permission.manageMessages],
    ['3', permission.administrator],
    ['4', 0n],
  ]),
};
const nobody = { allow: 0n, deny: read };

test('roles add up; the owner and administrators have everything', () => {
  expect(permissionsIn(guild, [], { userId: '100', roleIds: [] })).toBe(read);
  const moderator = permissionsIn(guild, [], { userId: '100', roleIds: ['2'] });
  expect(hasPermission(moderator, read | permission.manageMessages)).toBe(true);
  for (const member of [
    { userId: '50', roleIds: [] },
    { userId: '100', roleIds: ['3'] },
  ]) {
    const bits = permissionsIn(guild, [{ id: '1', ...nobody }], member);
    expect(hasPermission(bits, read | permission.manageGuild)).toBe(true);
  }
});

test('overwrites: everyone, then roles (an allow beats a deny), then the member', () => {
  const bits = (overwrites: Parameters<typeof permissionsIn>[1], roleIds: string[] = []) =>
    hasPermission(permissionsIn(guild, overwrites, { userId: '100', roleIds }), read);
  const forEveryone = { id: '1', ...nobody };
  const letIn = { allow: read, deny: 0n };
  expect(bits([forEveryone])).toBe(false);
  expect(bits([forEveryone, { id: '2', ...letIn }])).toBe(false);
  expect(bits([forEveryone, { id: '2', ...letIn }], ['2'])).toBe(true);
  expect(bits([{ id: '2', ...letIn }, { id: '4', ...nobody }, forEveryone], ['2', '4'])).toBe(true);
  expect(
    bits(
      [
        { id: '2', ...letIn },
        { id: '100', ...nobody },
      ],
      ['2'],
    ),
  ).toBe(false);
  expect(bits([forEveryone, { id: '100', ...letIn }])).toBe(true);
});

test('FAULTS 37: a channel is everybody’s only if nobody is shut out of it', () => {
  expect(canEveryoneRead(guild, { overwrites: [] })).toBe(true);
  expect(canEveryoneRead(guild, { overwrites: [{ id: '1', allow: 0n, deny: permission.viewChannel }] })).toBe(
    false,
  );
  expect(
    canEveryoneRead(guild, { overwrites: [{ id: '1', allow: 0n, deny: permission.readMessageHistory }] }),
  ).toBe(false);
  expect(canEveryoneRead(guild, { overwrites: [{ id: '4', allow: 0n, deny: permission.viewChannel }] })).toBe(
    false,
  );
  expect(canEveryoneRead(guild, { overwrites: [{ id: '100', ...nobody }] })).toBe(false);
  expect(
    canEveryoneRead(guild, { overwrites: [{ id: '2', allow: permission.manageMessages, deny: 0n }] }),
  ).toBe(true);
  expect(canEveryoneRead({ ...guild, roles: new Map([['1', 0n]]) }, { overwrites: [] })).toBe(false);
});

test('FAULTS 37: a voice channel is everybody’s only if everybody may connect', () => {
  const guildWithVoice = { ...guild, roles: new Map([['1', read | permission.connect]]) };
  const closed = [{ id: '1', allow: 0n, deny: permission.connect }];
  expect(canEveryoneRead(guildWithVoice, { overwrites: [], isVoice: true })).toBe(true);
  expect(canEveryoneRead(guildWithVoice, { overwrites: closed, isVoice: true })).toBe(false);
  expect(canEveryoneRead(guildWithVoice, { overwrites: closed })).toBe(true);
});
