import { randomUUID } from 'node:crypto';
import type { ToolCall } from '../memory/chat-message.ts';

/** What servers send of a tool call; every field may be missing or of another type. */
export interface WireToolCall {
  readonly index?: unknown;
  readonly id?: unknown;
  readonly function?: { readonly name?: unknown; readonly arguments?: unknown } | null;
}

/** More calls than this in one step are dropped. */
export const MAX_TOOL_CALLS_PER_STEP = 32;
/** Characters of one call's arguments; what is longer is cut and so becomes malformed. */
export const MAX_ARGUMENTS_LENGTH = 256 * 1024;

interface Slot {
  id: string;
  name: string;
  arguments: string;
  /** Of the arguments so far. */
  readonly scanner: ArgumentsScanner;
}

/** What a piece says of its call. */
type Piece = Readonly<Pick<Slot, 'id' | 'name' | 'arguments'>>;

/**
 * Puts the pieces of tool calls together. Servers differ: pieces with an index (the standard), without one, whole
 * calls at once, all with index 0, ids missing, repeated or the same for all, names whole in each piece or cut in
 * two. The calls come out in the order in which they began, each with an id of its own.
 */
export class ToolCallCollector {
  readonly #toolNames: readonly string[];
  readonly #slots: Slot[] = [];
  readonly #byIndex = new Map<number, Slot>();
  /** Begun last, also where it was one too many. */
  #last: Slot | undefined;

  /** `toolNames`: of the tools that the model was told of; they tell the rest of a name from another call's. */
  constructor(toolNames: readonly string[] = []) {
    this.#toolNames = toolNames;
  }

  get isEmpty(): boolean {
    return this.#slots.length === 0;
  }

  /** Returns whether the piece held anything. */
  add(piece: WireToolCall): boolean {
    const id = typeof piece.id === 'string' ? piece.id : '';
    const name = typeof piece.function?.name === 'string' ? piece.function.name : '';
    const text = toArgumentsText(piece.function?.arguments);
    if (id === '' && name === '' && text === '') return false;
    const slot = this.#find(toIndex(piece.index), { id, name, arguments: text });
    if (slot.id === '') slot.id = id;
    if (slot.name === '' || this.#isRestOfName(slot, name)) slot.name += name;
    addArguments(slot, text);
    return true;
  }

  finish(): ToolCall[] {
    const used = new Set<string>();
    return this.#slots.map((slot) => {
      const id = slot.id === '' || used.has(slot.id) ? `call_${randomUUID().replaceAll('-', '')}` : slot.id;
      used.add(id);
      return { id, name: toToolName(slot.name), arguments: slot.arguments };
    });
  }

  #find(index: number | undefined, piece: Piece): Slot {
    const { id, name } = piece;
    let slot: Slot | undefined;
    if (index !== undefined) slot = this.#byIndex.get(index);
    else if (id === '') slot = this.#last;
    // An id that nobody knows, without a name: some servers make a new one for each piece.
    else slot = this.#slots.findLast((each) => each.id === id) ?? (name === '' ? this.#last : undefined);
    return slot === undefined || this.#beginsAnother(slot, piece) ? this.#open(index) : slot;
  }

  /** Whether a piece is of a call after this one. */
  #beginsAnother(slot: Slot, { id, name, arguments: text }: Piece): boolean {
    const hasOtherId = id !== '' && slot.id !== '' && id !== slot.id;
    if (name === '') return hasOtherId && isComplete(slot);
    if (hasOtherId) return true;
    if (slot.name === '') return false;
    if (name !== slot.name) return !this.#isRestOfName(slot, name);
    // Some servers repeat the name in each piece.
    return text.trim() !== '' && isComplete(slot);
  }

  /** Whether the name is the next part of one that was cut in two. */
  #isRestOfName(slot: Slot, name: string): boolean {
    if (name === '' || slot.name === '' || slot.arguments !== '') return false;
    const isWhole = this.#toolNames.includes(name) && this.#toolNames.includes(slot.name);
    return !isWhole && this.#toolNames.some((known) => known.startsWith(slot.name + name));
  }

  #open(index: number | undefined): Slot {
    const slot: Slot = { id: '', name: '', arguments: '', scanner: new ArgumentsScanner() };
    // One too many is dropped, but kept in mind, so that its further pieces are not taken for those of another.
    if (this.#slots.length < MAX_TOOL_CALLS_PER_STEP) this.#slots.push(slot);
    if (index !== undefined && this.#byIndex.size < 4 * MAX_TOOL_CALLS_PER_STEP)
      this.#byIndex.set(index, slot);
    this.#last = slot;
    return slot;
  }
}

function toIndex(index: unknown): number | undefined {
  return typeof index === 'number' && Number.isInteger(index) ? index : undefined;
}

function toArgumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : '';
}

/** A name that every server takes back in the history. */
function toToolName(name: string): string {
  return name.replace(/[^\w-]/g, '_').slice(0, 64) || 'unknown';
}

function addArguments(slot: Slot, text: string): void {
  if (slot.arguments.length >= MAX_ARGUMENTS_LENGTH) return;
  const added = text.slice(0, MAX_ARGUMENTS_LENGTH - slot.arguments.length);
  slot.arguments += added;
  slot.scanner.add(added);
}

function isComplete(slot: Slot): boolean {
  return slot.name !== '' && slot.scanner.isComplete;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);
const OPENING_BRACE = 0x7b;

/**
 * Follows the text of an object as it arrives, and tells whether it is closed. Each character is looked at once: what
 * came before is neither kept nor read again, so that a server that sends small pieces costs no more than another.
 */
class ArgumentsScanner {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  #state: 'empty' | 'open' | 'closed' | 'odd' = 'empty';

  /** Whether all of it came: an object, and nothing but spaces around it. Its values may be malformed. */
  get isComplete(): boolean {
    return this.#state === 'closed';
  }

  add(text: string): void {
    for (let at = 0; at < text.length && this.#state !== 'odd'; at += 1) this.#take(text.charCodeAt(at));
  }

  #take(code: number): void {
    if (this.#isInString) this.#takeInString(code);
    else if (this.#state === 'open') this.#takeInObject(code);
    else if (!SPACES.has(code)) this.#takeOutside(code);
  }

  #takeInString(code: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (code === BACKSLASH) this.#isEscaped = true;
    else if (code === QUOTE) this.#isInString = false;
  }

  #takeInObject(code: number): void {
    if (code === QUOTE) this.#isInString = true;
    else if (OPENING.has(code)) this.#depth += 1;
    else if (CLOSING.has(code)) {
      this.#depth -= 1;
      if (this.#depth === 0) this.#state = 'closed';
    }
  }

  #takeOutside(code: number): void {
    const isBeginning = this.#state === 'empty' && code === OPENING_BRACE;
    this.#state = isBeginning ? 'open' : 'odd';
    this.#depth = 1;
  }
}
