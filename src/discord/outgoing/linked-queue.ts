/** A place in a LinkedQueue; the handle by which a value is taken out of the middle. */
export interface QueueNode<T> {
  readonly value: T;
}

interface LinkedNode<T> extends QueueNode<T> {
  owner: LinkedQueue<T> | null;
  previous: LinkedNode<T> | null;
  next: LinkedNode<T> | null;
}

/** First in, first out, with removal from anywhere; every operation is O(1). */
export class LinkedQueue<T> {
  #first: LinkedNode<T> | null = null;
  #last: LinkedNode<T> | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#first?.value;
  }

  push(value: T): QueueNode<T> {
    const node: LinkedNode<T> = { value, owner: this, previous: this.#last, next: null };
    if (this.#last) this.#last.next = node;
    else this.#first = node;
    this.#last = node;
    this.#size += 1;
    return node;
  }

  /** Puts a value before all others. */
  unshift(value: T): QueueNode<T> {
    const node: LinkedNode<T> = { value, owner: this, previous: null, next: this.#first };
    if (this.#first) this.#first.previous = node;
    else this.#last = node;
    this.#first = node;
    this.#size += 1;
    return node;
  }

  /** Takes a node out. Says whether it was still in this queue. */
  remove(node: QueueNode<T>): boolean {
    const linked = node as LinkedNode<T>;
    if (linked.owner !== this) return false;
    if (linked.previous) linked.previous.next = linked.next;
    else this.#first = linked.next;
    if (linked.next) linked.next.previous = linked.previous;
    else this.#last = linked.previous;
    linked.owner = null;
    this.#size -= 1;
    return true;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let node = this.#first; node; node = node.next) yield node.value;
  }
}
