import { InvalidValue, isPlainKey, parseApiUrl, type Environment } from './variable.ts';

/** As long as a choice of a Discord command may be. */
const MAX_NAME_CHARACTERS = 100;
const MAX_NAMES = 100;
const NAMES_EXAMPLE = 'Write the names of models, separated by commas, such as gpt-5-mini,gpt-5.';

/** What people may ask for: parses `model,model`. */
export function parseModelNames(text: string): readonly string[] | InvalidValue {
  const names = text.split(',').map((name) => name.trim());
  if (names.length > MAX_NAMES)
    return new InvalidValue('names too many models', `Name at most ${MAX_NAMES}.`);
  for (const [index, name] of names.entries()) {
    const entry = `(entry ${index + 1})`;
    if (name === '') return new InvalidValue(`${entry} names no model`, NAMES_EXAMPLE);
    if (/[\s"'`]/.test(name)) return new InvalidValue(`${entry} has spaces or quotes`, NAMES_EXAMPLE);
    if (name.length > MAX_NAME_CHARACTERS) {
      return new InvalidValue(`${entry} is longer than ${MAX_NAME_CHARACTERS} characters`, NAMES_EXAMPLE);
    }
    if (names.indexOf(name) < index)
      return new InvalidValue(`${entry} repeats an earlier one`, 'Name each model once.');
  }
  return names;
}

/** A model that stands in where the first cannot be reached. */
export interface FallbackModel {
  readonly name: string;
  /** Absent where the model is at the same server, under the same key, as the one that it stands in for. */
  readonly server?: {
    readonly baseUrl: string;
    /** Absent where the server asks for none. */
    readonly apiKey: string | undefined;
  };
}

const MAX_FALLBACKS = 8;
const FALLBACK_EXAMPLE = 'Write model, model@https://host/v1 or model@https://host/v1#VARIABLE_WITH_ITS_KEY.';

/**
 * Parses `model`, `model@address` and `model@address#NAME`, separated by commas. NAME is the environment variable
 * that holds the key, so that no key stands in the list. Problems tell entries by their place and repeat nothing of
 * an entry, since a key may stand in it by mistake.
 */
export function parseFallbackModels(text: string, env: Environment): readonly FallbackModel[] | InvalidValue {
  const entries: FallbackModel[] = [];
  for (const [index, part] of text.split(',').entries()) {
    const entry = index < MAX_FALLBACKS ? parseEntry(part.trim(), env) : tooMany();
    if (entry instanceof InvalidValue)
      return new InvalidValue(`(entry ${index + 1}) ${entry.problem}`, entry.remedy);
    if (entries.some(({ name, server }) => name === entry.name && server?.baseUrl === entry.server?.baseUrl))
      return new InvalidValue(`(entry ${index + 1}) repeats an earlier one`, 'Name each model once.');
    entries.push(entry);
  }
  return entries;
}

function parseEntry(text: string, env: Environment): FallbackModel | InvalidValue {
  const [, name = text, address] = /^(.*?)@(https?:\/\/.*)$/.exec(text) ?? [];
  if (name === '') return new InvalidValue('names no model', FALLBACK_EXAMPLE);
  if (/\s|:\/\/|["'`]/.test(name))
    return new InvalidValue('is neither a model nor a model at an address', FALLBACK_EXAMPLE);
  if (address === undefined) {
    return name.includes('#') ? new InvalidValue('names a key, but no address', FALLBACK_EXAMPLE) : { name };
  }
  const [url = '', ...keyNames] = address.split('#');
  const baseUrl = parseApiUrl(url, 'https://host/v1');
  if (baseUrl instanceof InvalidValue) return baseUrl;
  const apiKey = keyNames.length === 0 ? undefined : readKey(keyNames.join('#'), env);
  if (apiKey instanceof InvalidValue) return apiKey;
  if (apiKey === undefined && URL.parse(baseUrl)?.hostname === 'api.openai.com') {
    return new InvalidValue(
      'has no key, which this server asks for',
      'Add # and the name of the variable that holds the key, or leave out the address.',
    );
  }
  return { name, server: { baseUrl, apiKey } };
}

/** The key in the variable of this name. */
function readKey(name: string, env: Environment): string | InvalidValue {
  if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(name)) {
    return new InvalidValue(
      'has after its # no name of a variable',
      'Put the key into a variable of its own, such as FALLBACK_API_KEY, and write the name of that after the #.',
    );
  }
  // Whoever gets it is the bot.
  if (name === 'DISCORD_TOKEN') {
    return new InvalidValue(
      "would send the bot's Discord token to a model server",
      'Name the variable of a key.',
    );
  }
  const key = env[name]?.trim() ?? '';
  if (key === '') {
    return new InvalidValue(
      'names a variable for its key that is not set',
      'Set that variable, or leave out # and its name where the server asks for no key.',
    );
  }
  if (isPlainKey(key)) return key;
  return new InvalidValue(
    'names a variable whose value has spaces, quotes or characters that no key has',
    'Write the key alone.',
  );
}

function tooMany(): InvalidValue {
  return new InvalidValue('is one too many', `Name at most ${MAX_FALLBACKS} models.`);
}
