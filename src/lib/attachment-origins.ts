import { Refusal } from './env-variable.ts';

const REMEDY =
  'Write hosts, separated by commas, such as cdn.discordapp.com,media.discordapp.net; or http://HOST:PORT for one without https.';
const HOST = /^(?:[a-z\d-]+(?:\.[a-z\d-]+)*|\[[\da-f:]+\])$/;

/** Parses `host,host:port,http://host:port` into origins; a host alone is reached over https. */
export function parseAttachmentOrigins(text: string): readonly string[] | Refusal {
  const origins = new Set<string>();
  for (const [index, part] of text.split(',').entries()) {
    const entry = part.trim();
    const url = URL.parse(entry.includes('://') ? entry : `https://${entry}`);
    const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:';
    if (!url || !isHttp || !HOST.test(url.hostname)) {
      return new Refusal(`(entry ${index + 1}) is not a host`, REMEDY);
    }
    // All that an origin has no part in: a path, a query, a name and its password.
    if (url.href !== `${url.origin}/`) {
      return new Refusal(`(entry ${index + 1}) has more than a host and a port`, REMEDY);
    }
    origins.add(url.origin);
  }
  return [...origins];
}
