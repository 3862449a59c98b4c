const VIEW_CHANNEL = 1n << 10n;

/** @param {{ type: number }} channel */
export function isThread(channel) {
  return channel.type >= 10 && channel.type <= 12;
}

/**
 * Whether a person sees a channel, by the owner and the overwrites of `@everyone` and of the person.
 * @param {{ channels: Map<string, any>, guilds: any[] }} state
 * @param {string} userId
 * @param {any} channel
 * @returns {boolean}
 */
export function canView(state, userId, channel) {
  if (channel.type === 1) {
    return (channel.recipients ?? []).some((/** @type {any} */ user) => user.id === userId);
  }
  if (isThread(channel)) {
    const parent = state.channels.get(channel.parent_id);
    return parent !== undefined && canView(state, userId, parent);
  }
  const guild = state.guilds.find(({ id }) => id === channel.guild_id);
  if (guild?.owner_id === userId) return true;
  const overwrites = channel.permission_overwrites ?? [];
  const of = (/** @type {string} */ id) => overwrites.find((/** @type {any} */ entry) => entry.id === id);
  const own = of(userId);
  if (has(own?.allow)) return true;
  return !has(own?.deny) && !has(of(channel.guild_id)?.deny);
}

/** @param {string | undefined} bits */
function has(bits) {
  return (BigInt(bits ?? 0) & VIEW_CHANNEL) !== 0n;
}
