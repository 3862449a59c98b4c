import type { SimulatorEvent } from '../discord/types.ts';
import { readTag, toTag } from './question.ts';
import type { QuestionId } from './question.ts';

/** One question and what was seen of its answer. Times are of `performance.now()`. */
export interface QuestionRecord extends QuestionId {
  readonly channelId: string;
  readonly askedAt: number;
  /** When something of the answer could first be read. */
  readonly firstTextAt: number | undefined;
  /** When the whole answer could first be read. */
  readonly completedAt: number | undefined;
  /** How often the answer was seen to grow after its first text. */
  readonly growths: number;
  /** Some of the answer can be read twice. */
  readonly isDuplicated: boolean;
}

export interface AskedQuestion extends QuestionId {
  readonly channelId: string;
  readonly messageId: string;
  readonly askedAt: number;
  readonly expected: string;
}

interface Entry extends QuestionId {
  readonly tag: string;
  readonly expected: string;
  readonly channelId: string;
  readonly askedAt: number;
  firstTextAt: number | undefined;
  completedAt: number | undefined;
  growths: number;
  /** Text by message id, in order of creation. */
  readonly parts: Map<string, string>;
}

export interface LedgerCounts {
  readonly asked: number;
  /** Something of the answer can be read. */
  readonly begun: number;
  readonly completed: number;
}

/** Watches what people see, and knows for each question of a crowd how far its answer has come. */
export class Ledger {
  readonly #botUserId: string;
  readonly #entries = new Map<string, Entry>();
  readonly #tagByQuestionId = new Map<string, string>();
  readonly #tagByAnswerId = new Map<string, string>();
  #begun = 0;
  #completed = 0;

  constructor(botUserId: string) {
    this.#botUserId = botUserId;
  }

  /** A question was put; `expected` is the answer that must be seen whole, empty where any will do. */
  ask(question: AskedQuestion): void {
    const { messageId, expected, ...rest } = question;
    const tag = toTag(question);
    this.#tagByQuestionId.set(messageId, tag);
    this.#entries.set(tag, {
      ...rest,
      tag,
      expected: withoutSpace(expected),
      firstTextAt: undefined,
      completedAt: undefined,
      growths: 0,
      parts: new Map(),
    });
  }

  get counts(): LedgerCounts {
    return { asked: this.#entries.size, begun: this.#begun, completed: this.#completed };
  }

  observe(event: SimulatorEvent): void {
    if (event.type === 'message-delete') {
      this.#entryOfAnswer(event.messageId)?.parts.delete(event.messageId);
      return;
    }
    if (event.type !== 'message-create' && event.type !== 'message-update') return;
    const { message } = event;
    if (message.author.id !== this.#botUserId || message.content === '') return;
    const entry = this.#entryOf(message);
    if (entry === undefined) return;
    this.#tagByAnswerId.set(message.id, entry.tag);
    entry.parts.set(message.id, message.content);
    this.#note(entry);
  }

  records(): readonly QuestionRecord[] {
    return [...this.#entries.values()].map((entry) => {
      const { person, question, channelId, askedAt, firstTextAt, completedAt, growths } = entry;
      const rest = visibleText(entry).replace(entry.expected, '');
      const isDuplicated = completedAt !== undefined && rest.includes(entry.tag);
      return { person, question, channelId, askedAt, firstTextAt, completedAt, growths, isDuplicated };
    });
  }

  #note(entry: Entry): void {
    const now = performance.now();
    if (entry.firstTextAt === undefined) {
      entry.firstTextAt = now;
      this.#begun += 1;
    } else entry.growths += 1;
    if (entry.completedAt === undefined && visibleText(entry).includes(entry.expected)) {
      entry.completedAt = now;
      this.#completed += 1;
    }
  }

  /** A text without a tag belongs to the question it replies to: the start of an answer, or a refusal. */
  #entryOf(message: {
    id: string;
    content: string;
    message_reference?: { message_id?: string };
  }): Entry | undefined {
    const id = readTag(message.content);
    if (id !== undefined) return this.#entries.get(toTag(id));
    const questionId = message.message_reference?.message_id;
    const tag = questionId === undefined ? undefined : this.#tagByQuestionId.get(questionId);
    return tag === undefined ? this.#entryOfAnswer(message.id) : this.#entries.get(tag);
  }

  #entryOfAnswer(messageId: string): Entry | undefined {
    const tag = this.#tagByAnswerId.get(messageId);
    return tag === undefined ? undefined : this.#entries.get(tag);
  }
}

/** All parts as one; where an answer was split, the space between the parts is not kept. */
function visibleText(entry: Entry): string {
  return withoutSpace([...entry.parts.values()].join(''));
}

function withoutSpace(text: string): string {
  return text.replaceAll(/\s+/g, '');
}
