import { describe, expect, test } from 'vitest';
import { authorize, authorizeIn, type Action, type Actor } from '../../src/policy/authorize.ts';
import { permission, threadOpening } from '../../src/policy/permissions.ts';

const everyAction: readonly Action[] = [
  'ask',
  'stop-own',
  'stop-in-channel',
  'stop-in-guild',
  'control-own',
  'control-others',
  'reset-own',
  'reset-shared',
  'memory-own',
  'status',
  'see-settings',
  'set-own',
  'set-channel',
  'open-thread',
];

const member: Actor = {
  userId: '100',
  isBot: false,
  guildId: '1',
  permissions: permission.viewChannel,
  isThreadOwner: false,
};

const allowedTo = (actor: Actor) => everyAction.filter((action) => authorize(action, actor).allowed);

const ownThings = [
  'ask',
  'stop-own',
  'control-own',
  'reset-own',
  'memory-own',
  'status',
  'see-settings',
  'set-own',
];

describe('FAULTS 34: who may do what', () => {
  test.each<[string, Actor, readonly string[]]>([
    ['a member', member, ownThings],
    ['somebody in a DM', { ...member, guildId: null, permissions: null }, ownThings],
    [
      'a moderator of the channel',
      { ...member, permissions: permission.manageMessages },
      [...ownThings, 'stop-in-channel', 'control-others', 'reset-shared', 'set-channel'],
    ],
    [
      'a manager of the guild',
      { ...member, permissions: permission.manageGuild },
      everyAction.filter((action) => action !== 'open-thread'),
    ],
    [
      'a manager of the channel',
      { ...member, permissions: permission.manageChannels },
      [...ownThings, 'set-channel'],
    ],
    ['who may open threads', { ...member, permissions: threadOpening }, [...ownThings, 'open-thread']],
    ['an administrator', { ...member, permissions: permission.administrator }, everyAction],
    ['who opened the thread', { ...member, isThreadOwner: true }, [...ownThings, 'reset-shared']],
    ['a bot', { ...member, isBot: true, permissions: permission.administrator }, []],
    ['power without a guild', { ...member, guildId: null, permissions: ~0n, isThreadOwner: true }, ownThings],
  ])('%s', (_, actor, actions) => {
    expect(allowedTo(actor).toSorted()).toEqual([...actions].toSorted());
  });

  test('a refusal says why in a sentence', () => {
    for (const action of everyAction) {
      const verdict = authorize(action, { ...member, isBot: true });
      expect(verdict.allowed || verdict.reason).toMatch(/^[A-Z].*\.$/);
    }
  });
});

test('FAULTS 34: where servers are named, nobody may do anything in others; in private all is as it was', () => {
  const inTwo = authorizeIn(['2', '3']);
  for (const action of everyAction) {
    const moderator = { ...member, permissions: permission.manageGuild };
    expect(inTwo(action, moderator)).toEqual({
      allowed: false,
      reason: 'I am not available in this server.',
    });
    for (const actor of [
      { ...moderator, guildId: '3' },
      { ...member, guildId: null },
    ]) {
      expect(inTwo(action, actor)).toEqual(authorize(action, actor));
    }
    expect(authorizeIn([])(action, moderator)).toEqual(authorize(action, moderator));
  }
});
