import type { ToolCall } from '../memory/chat-message.ts';

/** The same calls are made twice; the third time the model is going round in circles. */
const MAX_SAME_CALLS = 2;

/** Notices a model that makes the same set of calls with the same arguments again and again. */
export class RepeatCounter {
  readonly #counts = new Map<string, number>();
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes the calls of one step in. */
  add(calls: readonly ToolCall[]): void {
    if (calls.length === 0) return;
    const key = calls.map(toKey).sort().join('\n');
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count > MAX_SAME_CALLS) this.#isOver = true;
  }
}

/** White space apart, models write the same arguments the same way. */
function toKey(call: ToolCall): string {
  return `${call.name} ${call.arguments.replace(/\s+/g, ' ').trim()}`;
}
