import type { SimulatedDiscord } from '../discord/types.ts';

const PERMISSION_MANAGE_MESSAGES = 1n << 13n;
const PERMISSION_ADD_REACTIONS = 1n << 6n;

/** A small server to talk in: three people, one of them a moderator, two open channels and a hidden one. */
export function fillDemoWorld({ people }: SimulatedDiscord): void {
  const [ada, ben, chloe] = ['Ada', 'Ben', 'Chloé'].map((name) => people.addUser({ name }));
  if (ada === undefined || ben === undefined || chloe === undefined) return;
  const guild = people.addGuild({ name: 'Tea House', ownerId: ada.id, memberIds: [ben.id, chloe.id] });
  const moderators = people.addRole(guild.id, {
    name: 'Moderator',
    permissions: PERMISSION_MANAGE_MESSAGES | PERMISSION_ADD_REACTIONS,
  });
  people.join(guild.id, chloe.id, { roleIds: [moderators.id] });
  people.addChannel(guild.id, { name: 'general' });
  people.addChannel(guild.id, { name: 'random' });
  people.addChannel(guild.id, {
    name: 'moderators',
    hiddenFromEveryone: true,
    visibleTo: [ada.id, chloe.id],
  });
  for (const person of [ada, ben, chloe]) people.openDm(person.id);
}
