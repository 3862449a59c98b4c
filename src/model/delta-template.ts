const KEY = '"content":"';
/**
 * Reads the chunks of a stream that differ in their piece of text alone without parsing each as JSON. A payload that
 * begins and ends like one which was parsed, with nothing between but a plain string's characters, says the same
 * but for those; any other payload is not known and has to be parsed.
 */
export class DeltaTemplate {
  #before = '';
  #after = '';

  /** The piece of text, if all else in the payload is as it was in the one learnt. */
  read(payload: string): string | undefined {
    const { length } = this.#before;
    if (length === 0 || payload.slice(0, length) !== this.#before) return undefined;
    const end = payload.indexOf('"', length);
    if (end === -1 || payload.slice(end) !== this.#after) return undefined;
    const text = payload.slice(length, end);
    return text.includes('\\') ? undefined : text;
  }

  /** `payload` was parsed and says nothing but that `text` comes next. */
  learn(payload: string, text: string): void {
    // Within a string the key's quotes would be escaped, so that what is found is the key; of two, one is another's.
    const at = payload.indexOf(KEY);
    if (at === -1 || at !== payload.lastIndexOf(KEY)) return;
    const start = at + KEY.length;
    const end = start + text.length;
    if (!payload.startsWith(text, start) || payload[end] !== '"' || /["\\]/.test(text)) return;
    this.#before = payload.slice(0, start);
    this.#after = payload.slice(end);
  }
}
