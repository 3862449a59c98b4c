/** What Keyv keeps of a value. Throws where the text is not one, where Keyv would answer that there is nothing. */
export function parseEnvelope(text: string): { readonly value: unknown } {
  const envelope: unknown = JSON.parse(text);
  if (typeof envelope === 'object' && envelope !== null && 'value' in envelope) return envelope;
  throw new TypeError('The entry is not one that this program wrote');
}
