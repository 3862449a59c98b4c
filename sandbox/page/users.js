const COLORS = ['#c2577a', '#3f8f6b', '#b7791f', '#3b7ea1', '#8a5fb5', '#a8553a', '#4d7c0f', '#6b6fd6'];

/**
 * A picture for a user, made here: the sandbox asks no other host.
 * @param {any} user
 * @param {string} botUserId
 */
export function avatarOf(user, botUserId) {
  if (user?.id === botUserId) return '/icon.svg';
  const name = displayName(user);
  // Only letters and digits go into the drawing.
  const initial = /[\p{L}\p{N}]/u.exec(name)?.[0]?.toUpperCase() ?? '?';
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="${colorOf(user)}"/>` +
    `<text x="20" y="27" font-family="sans-serif" font-size="19" font-weight="600" fill="#fff" text-anchor="middle">${initial}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** @param {any} user */
export function colorOf(user) {
  const name = displayName(user);
  const sum = [...name].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  return COLORS[sum % COLORS.length] ?? '#5865f2';
}

/** @param {any} user */
export function displayName(user) {
  return user?.global_name ?? user?.username ?? 'Somebody';
}
