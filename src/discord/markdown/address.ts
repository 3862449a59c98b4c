/** What leads to an invitation to a server: Discord draws a card with a button from it, whatever stands around it. */
const INVITATION =
  /^(?:(?:[a-z]+\.)?discord\.(?:gg|new)|(?:[a-z]+\.)?discord(?:app)?\.com\/+(?:invite|template)|dsc\.gg|invite\.gg|discord\.(?:me|io|li|link))(?:\/|$)/i;

/** The same as it stands in a text without `https://`. */
const BARE_INVITATION =
  /(?<![a-z\d_])(?:discord\.(?:gg|new)|discord(?:app)?\.com\/(?:invite|template)|dsc\.gg|invite\.gg)\/[a-z\d-]/gi;

/** How what is looked for begins. */
const BEGINNINGS = [
  ...['https://', 'http://', 'discord.gg/', 'discord.new/', 'dsc.gg/', 'invite.gg/'],
  ...['discord', 'discordapp'].flatMap((host) => [`${host}.com/invite/`, `${host}.com/template/`]),
];
const MAX_BEGINNING = Math.max(...BEGINNINGS.map(({ length }) => length));

/** An address as it may stand in an answer: an invitation can be read, but neither pressed nor drawn as a card. */
export function toShownAddress(address: string): string {
  const plain = toPlainAddress(address);
  return INVITATION.test(plain) ? withoutLink(plain) : address;
}

/** `before`: the character that the text follows. */
export function withoutInvitations(text: string, before = ''): string {
  if (!/discord|\.gg/i.test(text)) return text;
  return (before + text).replaceAll(BARE_INVITATION, withoutLink).slice(before.length);
}

/** Where a word begins at the end of `text`, from `from` on, that becomes an address when more follows; else its end. */
export function startOfOpenAddress(text: string, from: number): number {
  for (let at = Math.max(from, text.length - MAX_BEGINNING); at < text.length; at += 1) {
    const isStart = at === 0 || !/[a-z\d_]/i.test(text.charAt(at - 1));
    const word = text.slice(at).toLowerCase();
    if (isStart && BEGINNINGS.some((beginning) => beginning.startsWith(word))) return at;
  }
  return text.length;
}

function withoutLink(address: string): string {
  return address.replaceAll(/\.(?=[a-z])/gi, '[.]');
}

/** Host and path as a browser understands them; nothing where none goes there. */
function toPlainAddress(address: string): string {
  try {
    const { hostname, pathname } = new URL(address.replaceAll('\\', '/'));
    return `${hostname.replace(/\.$/, '')}${decode(pathname)}`;
  } catch {
    return '';
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
