import { displayName } from './users.js';

/**
 * `@Name` of somebody known becomes a mention, the longest name first and in whatever case.
 * @param {string} content
 * @param {Map<string, any>} users
 */
export function toMentions(content, users) {
  const byLength = [...users.values()].sort((a, b) => displayName(b).length - displayName(a).length);
  return byLength.reduce((text, user) => {
    const name = RegExp.escape(displayName(user));
    return text.replaceAll(new RegExp(`@${name}(?![\\p{L}\\p{N}])`, 'giu'), `<@${user.id}>`);
  }, content);
}

/**
 * The other way round, for a person who edits what was sent.
 * @param {string} content
 * @param {Map<string, any>} users
 */
export function fromMentions(content, users) {
  return content.replace(/<@!?(\d+)>/g, (all, /** @type {string} */ id) =>
    users.has(id) ? `@${displayName(users.get(id))}` : all,
  );
}
