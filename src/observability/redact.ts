export const redacted = '[redacted]';

/** Shorter values would blank out ordinary words, so they are left to redaction by key. */
const shortestSecret = 6;

/** Ends of property names, in lower case without `-` and `_`, whose values are never logged. */
const sensitiveKey = /(?:token|apikey|authorization|passwd|password|secret|cookies?|credentials?)$/;

/** Finds out cheaply whether a line has such a key at all. The repeats are bounded, so it is linear. */
const mayHaveSensitiveKey =
  /(?:token|api[-_]?key|authorization|passwd|password|secret|cookies?|credentials?)"\s{0,4}:/i;

/** Credentials that come in addresses and headers and are known by their surroundings alone. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic|Bot) [\w.~+/=-]{20,}/g, `$1 ${redacted}`],
  // Tokens of interactions and webhooks are part of Discord's routes.
  [/(\/webhooks\/\d{1,20}\/|\/interactions\/\d{1,20}\/)[\w.-]{20,}/g, `$1${redacted}`],
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
  return sensitiveKey.test(key.toLowerCase().replace(/[-_]/g, '')) && value !== null ? redacted : value;
}
