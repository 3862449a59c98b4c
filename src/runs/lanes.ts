/** How much may run and wait at once. */
export interface LaneLimits {
  readonly maxConcurrent: number;
  readonly maxConcurrentPerUser: number;
  readonly maxPending: number;
  readonly maxPendingPerUser: number;
}

/** Something that waits for its turn. */
export interface LaneTask {
  readonly id: string;
  /** Tasks with one key run one after the other, in the order in which they came. */
  readonly key: string;
  readonly userId: string;
}

export type LaneAdmission = 'started' | 'pending' | 'user-full' | 'full';

/**
 * Works on one task and keeps its key until the promise resolves. `leavePlace` gives the place of the user and
 * the global one back earlier, where the rest needs only the order (delivering an answer). Must not reject: its
 * errors belong to the task.
 */
export type LaneWorker<T extends LaneTask> = (task: T, leavePlace: () => void) => Promise<void>;

interface User<T extends LaneTask> {
  readonly id: string;
  active: number;
  pending: number;
  /** Heads of idle keys: these could start now. */
  readonly ready: FirstOfMany<T>;
}

/**
 * Fair lanes: one task at a time per key, at most `maxConcurrentPerUser` per user, at most `maxConcurrent` in all. A
 * task waits for its key, then for its user, and only then takes a global place, so that a busy user holds no
 * place while waiting. Free places go round the users who have something ready, one each. Every operation
 * but `forEachPending` is O(1); keys and users without tasks are forgotten.
 */
export class Lanes<T extends LaneTask> {
  readonly #limits: LaneLimits;
  readonly #work: LaneWorker<T>;
  /** Per key: the active task, if any, stands first; those waiting behind it follow. */
  readonly #keys = new Map<string, FirstOfMany<T>>();
  readonly #users = new Map<string, User<T>>();
  /** Users with something ready and a free place of their own, in the order of their turns. */
  readonly #turns = new Set<User<T>>();
  readonly #tasks = new Map<string, T>();
  readonly #started = new Set<T>();
  /** Started tasks that hold a place. */
  readonly #active = new Set<T>();
  #idle = Promise.withResolvers<undefined>();

  constructor(limits: LaneLimits, work: LaneWorker<T>) {
    for (const [name, value] of Object.entries(limits) as [string, number][]) {
      if (!Number.isInteger(value) || value < (name.startsWith('maxPending') ? 0 : 1)) {
        throw new RangeError(`Lanes: ${name} must be a whole number of at least 1, got ${value}`);
      }
    }
    this.#limits = limits;
    this.#work = work;
  }

  /** Tasks that hold a place. */
  get active(): number {
    return this.#active.size;
  }

  /** Tasks that have not started. */
  get pending(): number {
    return this.#tasks.size - this.#started.size;
  }

  /** Starts the task, queues it, or says which bound is reached. `force` (a resumed task) passes the bounds. */
  submit(task: T, options: { force?: boolean } = {}): LaneAdmission {
    if (this.#tasks.has(task.id)) throw new Error(`Lanes: task ${task.id} is already here`);
    const user = this.#user(task.userId);
    const mustWait = !this.#couldStart(task, user);
    if (mustWait && options.force !== true) {
      const refusal =
        user.pending >= this.#limits.maxPendingPerUser
          ? 'user-full'
          : // What only waits for delivery counts too: it is work taken and not yet done.
            this.#tasks.size - this.#active.size >= this.#limits.maxPending
            ? 'full'
            : undefined;
      if (refusal) {
        this.#forgetIfIdle(user);
        return refusal;
      }
    }
    this.#enqueue(task, user);
    this.#dispatch();
    return this.#started.has(task) ? 'started' : 'pending';
  }

  /** Takes a waiting task out. False where it has started or is unknown. */
  remove(taskId: string): boolean {
    const task = this.#tasks.get(taskId);
    if (!task || this.#started.has(task)) return false;
    const user = this.#user(task.userId);
    user.pending -= 1;
    this.#release(task, user);
    this.#dispatch();
    return true;
  }

  get(taskId: string): T | undefined {
    return this.#tasks.get(taskId);
  }

  hasStarted(task: T): boolean {
    return this.#started.has(task);
  }

  /** All tasks, waiting and started, in the order in which they came. */
  tasks(): Iterable<T> {
    return this.#tasks.values();
  }

  /** Those of a key that have not started, in their order. Not to be changed while it is read. */
  *waitingFor(key: string): Generator<T> {
    for (const task of this.#keys.get(key) ?? []) if (!this.#started.has(task)) yield task;
  }

  /**
   * Calls `visit` for each waiting task with its place in the queue, 1 = next. Users take turns, so the n-th task
   * of one comes after the first n of each other: about as many starts as all users have among their first n.
   */
  forEachPending(visit: (task: T, position: number) => void): void {
    const waiting = [...this.#users.values()].filter((user) => user.pending > 0);
    const positions: number[] = [];
    const ranks = new Map<string, number>();
    for (const task of this.#tasks.values()) {
      if (this.#started.has(task)) continue;
      const rank = (ranks.get(task.userId) ?? 0) + 1;
      ranks.set(task.userId, rank);
      const position = (positions[rank] ??= waiting.reduce(
        (sum, user) => sum + Math.min(user.pending, rank),
        0,
      ));
      visit(task, position);
    }
  }

  /** Resolves when nothing is active or waiting. */
  async idle(): Promise<void> {
    if (this.#tasks.size > 0) await this.#idle.promise;
  }

  #couldStart(task: T, user: User<T>): boolean {
    return (
      !this.#keys.has(task.key) &&
      user.active < this.#limits.maxConcurrentPerUser &&
      user.ready.isEmpty &&
      this.#active.size < this.#limits.maxConcurrent
    );
  }

  #enqueue(task: T, user: User<T>): void {
    this.#tasks.set(task.id, task);
    user.pending += 1;
    const queue = this.#keys.get(task.key);
    if (queue) {
      queue.add(task);
    } else {
      const alone = new FirstOfMany<T>();
      alone.add(task);
      this.#keys.set(task.key, alone);
      this.#makeReady(task, user);
    }
  }

  #makeReady(task: T, user: User<T>): void {
    user.ready.add(task);
    this.#takeTurn(user);
  }

  /** Puts the user at the back of the round, if there is something to start and a place of their own. */
  #takeTurn(user: User<T>): void {
    if (!user.ready.isEmpty && user.active < this.#limits.maxConcurrentPerUser) this.#turns.add(user);
  }

  #dispatch(): void {
    while (this.#active.size < this.#limits.maxConcurrent) {
      const [user] = this.#turns;
      if (!user) return;
      const task = user.ready.first;
      this.#turns.delete(user);
      if (!task) continue;
      user.ready.delete(task);
      user.pending -= 1;
      user.active += 1;
      this.#takeTurn(user);
      this.#started.add(task);
      this.#active.add(task);
      this.#start(task, user);
    }
  }

  #start(task: T, user: User<T>): void {
    const leavePlace = (): void => {
      if (!this.#active.delete(task)) return;
      user.active -= 1;
      this.#takeTurn(user);
      this.#dispatch();
    };
    const end = (): void => {
      if (this.#active.delete(task)) user.active -= 1;
      this.#started.delete(task);
      this.#release(task, user);
      this.#dispatch();
    };
    this.#work(task, leavePlace).then(end, (error: unknown) => {
      end();
      // A worker that rejects breaks its contract: a bug that must not pass unseen.
      queueMicrotask(() => {
        throw error;
      });
    });
  }

  /** A task left: the next of its key becomes ready, and what is idle is forgotten. */
  #release(task: T, user: User<T>): void {
    this.#tasks.delete(task.id);
    user.ready.delete(task);
    const queue = this.#keys.get(task.key);
    if (queue) {
      const head = queue.first;
      queue.delete(task);
      const next = queue.first;
      if (!next) this.#keys.delete(task.key);
      else if (head === task) this.#makeReady(next, this.#user(next.userId));
    }
    if (user.ready.isEmpty) this.#turns.delete(user);
    else this.#takeTurn(user);
    this.#forgetIfIdle(user);
    if (this.#tasks.size === 0) {
      this.#idle.resolve(undefined);
      this.#idle = Promise.withResolvers();
    }
  }

  #user(id: string): User<T> {
    let user = this.#users.get(id);
    if (!user) {
      user = { id, active: 0, pending: 0, ready: new FirstOfMany() };
      this.#users.set(id, user);
    }
    return user;
  }

  #forgetIfIdle(user: User<T>): void {
    // A user whose last task is only being delivered may have been forgotten and met again in the meantime.
    const isIdle = user.active === 0 && user.pending === 0;
    if (isIdle && this.#users.get(user.id) === user) this.#users.delete(user.id);
  }
}

/**
 * A set in the order of insertion that is small while it holds one item, as thousands of them do: a Set of its own
 * would take 150 bytes for each. Every operation is O(1).
 */
export class FirstOfMany<T extends object> {
  #first: T | undefined;
  #others: Set<T> | undefined;

  get first(): T | undefined {
    return this.#first;
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  *[Symbol.iterator](): Generator<T> {
    if (this.#first !== undefined) yield this.#first;
    if (this.#others) yield* this.#others;
  }

  add(item: T): void {
    if (this.#first === undefined) this.#first = item;
    else if (this.#first !== item) (this.#others ??= new Set()).add(item);
  }

  delete(item: T): void {
    if (this.#first !== item) {
      this.#others?.delete(item);
      return;
    }
    const [next] = this.#others ?? [];
    this.#first = next;
    if (next) this.#others?.delete(next);
  }
}
