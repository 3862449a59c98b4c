export const redacted = '[redacted]';

/** Shorter values would blank out ordinary words, so they are left to redaction by key. */
const shortestSecret = 6;

const SENSITIVE =
  'tokens?|api[-_]?keys?|private[-_]?keys?|access[-_]?keys?|authorizations?|passwds?|passwords?|passphrases?|' +
  'secrets?|secret[-_]?keys?|cookies?|credentials?';

/** Ends of property names whose values are never logged. */
const sensitiveKey = new RegExp(`(?:${SENSITIVE})$`, 'i');

/** Finds out cheaply whether a line has such a name at all, as a key or in a list. The repeats are bounded, so it is linear. */
const mayHaveSensitiveKey = new RegExp(`(?:${SENSITIVE})"\\s{0,4}[:,]`, 'i');

/** Credentials that come in addresses and headers and are known by their surroundings alone. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic|Bot) [\w.~+/=-]{20,}/g, `$1 ${redacted}`],
  // Tokens of interactions and webhooks are part of Discord's routes.
  [/(\/webhooks\/\d{1,20}\/|\/interactions\/\d{1,20}\/)[\w.-]{20,}/g, `$1${redacted}`],
  // JSON within a text, such as what a server answered, and addresses with a key in them.
  [
    new RegExp(String.raw`((?:${SENSITIVE})\\{1,7}"\s{0,4}:\s{0,4}\\{1,7}")[^"\\]{1,4096}`, 'gi'),
    `$1${redacted}`,
  ],
  [new RegExp(`([?&](?:[\\w-]{0,40}[-_])?(?:${SENSITIVE}|key)=)[^&\\s"\\\\]{1,4096}`, 'gi'), `$1${redacted}`],
];

/** Takes secrets out of a line of JSON: by key at any depth, by pattern, and each of `secrets` wherever it stands. */
export function createRedactor(secrets: readonly string[]): (line: string) => string {
  const forms = [...new Set(secrets.flatMap(toWrittenForms))].sort((a, b) => b.length - a.length);
  return (line) => {
    let result = mayHaveSensitiveKey.test(line) ? redactKeys(line) : line;
    for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement);
    for (const form of forms) result = result.replaceAll(form, redacted);
    return result;
  };
}

/** The ways in which a secret may stand in a line: plain, escaped by JSON, in an address, in a Basic header. */
function toWrittenForms(secret: string): string[] {
  if (secret.length < shortestSecret) return [];
  const json = JSON.stringify(secret).slice(1, -1);
  const base64 = Buffer.from(secret).toString('base64');
  return [secret, json, encodeURIComponent(secret), base64];
}

function redactKeys(line: string): string {
  try {
    return `${JSON.stringify(JSON.parse(line, redactValue))}\n`;
  } catch {
    return `${JSON.stringify({ level: 'error', msg: 'A log line was dropped: it could not be redacted.' })}\n`;
  }
}

function redactValue(key: string, value: unknown): unknown {
  if (sensitiveKey.test(key)) return isCount(key, value) ? value : redacted;
  if (Array.isArray(value)) return redactListed(value);
  return isNamedSecret(value) ? { ...value, value: redacted } : value;
}

/** Of a model's tokens; and nothing is no secret. */
function isCount(key: string, value: unknown): boolean {
  return value === null || (typeof value === 'number' && /tokens$/i.test(key));
}

/** Headers as Node lists them, a name and then its value; pairs of the two are lists as well. */
function redactListed(items: readonly unknown[]): unknown[] {
  return items.map((item, index) => {
    const name = items[index - 1];
    return typeof name === 'string' && sensitiveKey.test(name) ? redacted : item;
  });
}

function isNamedSecret(value: unknown): value is { readonly name: string } {
  if (typeof value !== 'object' || value === null || !('name' in value) || !('value' in value)) return false;
  return typeof value.name === 'string' && sensitiveKey.test(value.name);
}
