import { isIP } from 'node:net';

/**
 * Whether a request was made to this server by a name that is its own. A page in a browser may have its own name point
 * here and so read what is served for the operator; to do so it needs a name that somebody can register. Addresses and
 * names without a dot are none; of others only those given are taken. A browser always says which it used.
 */
export function isKnownHost(header: string | undefined, names: readonly string[]): boolean {
  if (header === undefined) return true;
  const [, bracketed, plain = ''] =
    /^(?:\[([\da-f:.]{2,45})\]|([\w.-]{1,253}))(?::\d{1,5})?$/i.exec(header) ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  const host = plain.toLowerCase();
  if (host === '') return false;
  return isIP(host) === 4 || !host.includes('.') || names.includes(host);
}
