import { InvalidValue } from './variable.ts';

/** Ids of guilds, separated by commas or spaces. */
export function parseGuildIds(text: string): readonly string[] | InvalidValue {
  const ids = toItems(text);
  const wrong = ids.find((id) => !/^\d{15,20}$/.test(id));
  if (wrong === undefined) return ids;
  return new InvalidValue(
    `holds "${wrong}", which is no id of a server`,
    'Write ids, separated by commas: with Developer Mode on, right-click the server → Copy Server ID.',
  );
}

/** Names of hosts without their ports, separated by commas or spaces; in lower case. */
export function parseHostNames(text: string): readonly string[] | InvalidValue {
  const names = toItems(text.toLowerCase());
  const wrong = names.find((name) => !/^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?$/.test(name));
  if (wrong === undefined) return names;
  return new InvalidValue(
    `holds "${wrong}", which is no name of a host`,
    'Write names without http:// and without a port, separated by commas, such as bot.example.org.',
  );
}

const ORIGINS_EXAMPLE =
  'Write hosts, separated by commas, such as cdn.discordapp.com,media.discordapp.net; or http://HOST:PORT for one without https.';
const HOST_IN_URL = /^(?:[a-z\d-]+(?:\.[a-z\d-]+)*|\[[\da-f:]+\])$/;

/** Parses `host,host:port,http://host:port` into origins; a host alone is reached over https. */
export function parseAttachmentOrigins(text: string): readonly string[] | InvalidValue {
  const origins = new Set<string>();
  for (const [index, part] of text.split(',').entries()) {
    const entry = part.trim();
    const url = URL.parse(entry.includes('://') ? entry : `https://${entry}`);
    const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:';
    if (!url || !isHttp || !HOST_IN_URL.test(url.hostname)) {
      return new InvalidValue(`(entry ${index + 1}) is not a host`, ORIGINS_EXAMPLE);
    }
    // All that an origin has no part in: a path, a query, a name and its password.
    if (url.href !== `${url.origin}/`) {
      return new InvalidValue(`(entry ${index + 1}) has more than a host and a port`, ORIGINS_EXAMPLE);
    }
    origins.add(url.origin);
  }
  return [...origins];
}

function toItems(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,]+/).filter((item) => item !== ''))];
}
