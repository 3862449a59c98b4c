import { LiveMessage } from './live-message.ts';
import type { LiveMessageOptions } from './live-message.ts';
import type { MessageContent } from './message-body.ts';
import { removeMessage } from './remove-message.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';

export interface AnswerMessagesOptions extends Omit<
  LiveMessageOptions,
  'index' | 'id' | 'content' | 'mayBeMadeAnew'
> {
  readonly budget: Pick<OutgoingBudget, 'submit' | 'send'>;
  /** What the message of that index should show; null: nothing yet. */
  readonly contentOf: (index: number) => MessageContent | null;
  /** The first of the messages that stand there is this answer's own: who removed it did not want it. */
  readonly isOwnFirst?: boolean;
  /** Called with the ids of the messages that stand there, as soon as there is another. */
  readonly onShown?: ((messageIds: readonly string[]) => void) | undefined;
}

/** The messages of one answer, in their order. */
export class AnswerMessages {
  readonly #options: AnswerMessagesOptions;
  readonly #all: LiveMessage[] = [];
  #toldCount = 0;

  constructor(options: AnswerMessagesOptions, standing: readonly string[]) {
    this.#options = options;
    for (const [index, id] of standing.entries()) this.#all[index] = this.#create(index, id);
  }

  get all(): readonly LiveMessage[] {
    return this.#all;
  }

  /** Of those that stand there. */
  get ids(): readonly string[] {
    return this.#all.flatMap(({ id }) => id ?? []);
  }

  get isAnyPending(): boolean {
    return this.#all.some(({ isPending }) => isPending);
  }

  /** Discord refuses one of them for good. */
  get isAnyDead(): boolean {
    return this.#all.some(({ isDead }) => isDead);
  }

  /** Somebody took one of them away. */
  get isAnyRemoved(): boolean {
    return this.#all.some(({ isRemoved }) => isRemoved);
  }

  /** When the last of their requests ended, ms by a clock that never goes back; -Infinity before. */
  get settledAt(): number {
    return Math.max(...this.#all.map(({ settledAt }) => settledAt));
  }

  /** The message of that index, which need not stand there yet. */
  at(index: number): LiveMessage {
    return (this.#all[index] ??= this.#create(index));
  }

  /** Takes away those that stand there, but are no part of the answer of so many messages. */
  async removeBeyond(count: number): Promise<void> {
    for (const [beyond, message] of this.#all.splice(count).entries()) {
      await message.withdraw();
      if (message.id === undefined) continue;
      const { path } = this.#options.destination().target(count + beyond, message.id);
      await removeMessage(this.#options, path);
    }
  }

  #create(index: number, id?: string): LiveMessage {
    return new LiveMessage({
      ...this.#options,
      index,
      id,
      mayBeMadeAnew: !(index === 0 && this.#options.isOwnFirst === true),
      content: () => this.#options.contentOf(index),
      onSettled: () => {
        this.#tellShown();
        this.#options.onSettled();
      },
    });
  }

  #tellShown(): void {
    const { ids } = this;
    if (ids.length === this.#toldCount) return;
    this.#toldCount = ids.length;
    this.#options.onShown?.(ids);
  }
}
