import { Refusal } from './env-variable.ts';

/** Ids of guilds, separated by commas or spaces. */
export function parseGuildIds(text: string): readonly string[] | Refusal {
  const ids = toItems(text);
  const wrong = ids.find((id) => !/^\d{15,20}$/.test(id));
  if (wrong === undefined) return ids;
  return new Refusal(
    `holds "${wrong}", which is no id of a server`,
    'Write ids, separated by commas: with Developer Mode on, right-click the server → Copy Server ID.',
  );
}

/** Names of hosts without their ports, separated by commas or spaces; in lower case. */
export function parseHostNames(text: string): readonly string[] | Refusal {
  const names = toItems(text.toLowerCase());
  const wrong = names.find((name) => !/^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?$/.test(name));
  if (wrong === undefined) return names;
  return new Refusal(
    `holds "${wrong}", which is no name of a host`,
    'Write names without http:// and without a port, separated by commas, such as bot.example.org.',
  );
}

function toItems(text: string): readonly string[] {
  return [...new Set(text.split(/[\s,]+/).filter((item) => item !== ''))];
}
