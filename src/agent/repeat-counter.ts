import type { ToolCall } from '../memory/chat-message.ts';

/** The same calls are made twice; the third time the model is going round in circles. */
const MAX_SAME_CALLS = 2;

/** Notices a model that makes the same set of calls with the same arguments again and again. */
export class RepeatCounter {
  /** The calls of each step that made some. */
  readonly #steps: (readonly ToolCall[])[] = [];
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes the calls of one step in. */
  add(calls: readonly ToolCall[]): void {
    if (calls.length === 0) return;
    this.#steps.push(calls);
    // Most runs take fewer steps than that, and need no comparison.
    if (this.#steps.length <= MAX_SAME_CALLS) return;
    const key = toKey(calls);
    if (this.#steps.filter((step) => toKey(step) === key).length > MAX_SAME_CALLS) this.#isOver = true;
  }
}

/** The same for the same calls, in whatever order. White space apart, models write the same arguments the same way. */
function toKey(calls: readonly ToolCall[]): string {
  return calls
    .map(({ name, arguments: text }) => `${name} ${text.replace(/\s+/g, ' ').trim()}`)
    .sort()
    .join('\n');
}
