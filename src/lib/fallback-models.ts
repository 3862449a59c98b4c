import { isPlainKey, parseApiUrl, Refusal } from './env-variable.ts';

/** One entry of the list. */
export interface FallbackEntry {
  readonly name: string;
  /** Absent where the model is at the same server, under the same key, as the one that it stands in for. */
  readonly server?: {
    readonly baseUrl: string;
    /** Absent where the server asks for none. */
    readonly apiKey: string | undefined;
  };
}

const MAX_ENTRIES = 8;
const EXAMPLE = 'Write model, model@https://host/v1 or model@https://host/v1#VARIABLE_WITH_ITS_KEY.';

/**
 * Parses `model`, `model@address` and `model@address#NAME`, separated by commas. NAME is the environment variable
 * that holds the key, so that no key stands in the list. Problems tell entries by their place and repeat nothing of
 * an entry, since a key may stand in it by mistake.
 */
export function parseFallbackModels(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly FallbackEntry[] | Refusal {
  const entries: FallbackEntry[] = [];
  for (const [index, part] of text.split(',').entries()) {
    const entry = index < MAX_ENTRIES ? parseEntry(part.trim(), env) : tooMany();
    if (entry instanceof Refusal) return new Refusal(`(entry ${index + 1}) ${entry.problem}`, entry.remedy);
    if (entries.some(({ name, server }) => name === entry.name && server?.baseUrl === entry.server?.baseUrl))
      return new Refusal(`(entry ${index + 1}) repeats an earlier one`, 'Name each model once.');
    entries.push(entry);
  }
  return entries;
}

function parseEntry(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): FallbackEntry | Refusal {
  const [, name = text, address] = /^(.*?)@(https?:\/\/.*)$/.exec(text) ?? [];
  if (name === '') return new Refusal('names no model', EXAMPLE);
  if (/\s|:\/\/|["'`]/.test(name))
    return new Refusal('is neither a model nor a model at an address', EXAMPLE);
  if (address === undefined) {
    return name.includes('#') ? new Refusal('names a key, but no address', EXAMPLE) : { name };
  }
  const [url = '', ...keyNames] = address.split('#');
  const baseUrl = parseApiUrl(url, 'https://host/v1');
  if (baseUrl instanceof Refusal) return baseUrl;
  const apiKey = keyNames.length === 0 ? undefined : readKey(keyNames.join('#'), env);
  if (apiKey instanceof Refusal) return apiKey;
  if (apiKey === undefined && URL.parse(baseUrl)?.hostname === 'api.openai.com') {
    return new Refusal(
      'has no key, which this server asks for',
      'Add # and the name of the variable that holds the key, or leave out the address.',
    );
  }
  return { name, server: { baseUrl, apiKey } };
}

/** The key in the variable of this name. */
function readKey(name: string, env: Readonly<Record<string, string | undefined>>): string | Refusal {
  if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(name)) {
    return new Refusal(
      'has after its # no name of a variable',
      'Put the key into a variable of its own, such as FALLBACK_API_KEY, and write the name of that after the #.',
    );
  }
  // Whoever gets it is the bot.
  if (name === 'DISCORD_TOKEN') {
    return new Refusal("would send the bot's Discord token to a model server", 'Name the variable of a key.');
  }
  const key = env[name]?.trim() ?? '';
  if (key === '') {
    return new Refusal(
      'names a variable for its key that is not set',
      'Set that variable, or leave out # and its name where the server asks for no key.',
    );
  }
  if (isPlainKey(key)) return key;
  return new Refusal(
    'names a variable whose value has spaces, quotes or characters that no key has',
    'Write the key alone.',
  );
}

function tooMany(): Refusal {
  return new Refusal('is one too many', `Name at most ${MAX_ENTRIES} models.`);
}
