import type { Log } from '../../observability/log.ts';
import { DiscordRequestError, endedByPassingRefusal } from '../outgoing/discord-request-error.ts';
import type { OutgoingRequest, Priority, Ticket } from '../outgoing/outgoing-request.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { UNKNOWN_MESSAGE } from './channel-refusals.ts';
import type { Destination } from './destination.ts';
import { isSameContent } from './message-body.ts';
import type { MessageContent } from './message-body.ts';

export interface LiveMessageOptions {
  readonly index: number;
  /** It stands there already, with the words of an earlier run. */
  readonly id?: string | undefined;
  /** An earlier process may have made it: creating it then gives that message, with the words that it had. */
  readonly mayBeThere?: boolean;
  /** Whether one that is gone is created once more; false: somebody did not want it. */
  readonly mayBeMadeAnew?: boolean;
  readonly destination: () => Destination;
  readonly budget: Pick<OutgoingBudget, 'submit'>;
  /** What it should show, asked for when a request is really sent; null: nothing yet, or nothing more. */
  readonly content: () => MessageContent | null;
  /** After each request, however it ended. */
  readonly onSettled: () => void;
  /** Tries to mend what made Discord refuse; resolves with whether trying again makes sense. */
  readonly mend: (error: DiscordRequestError) => Promise<boolean>;
  readonly log: Pick<Log, 'debug' | 'warn' | 'error'>;
  /** epoch ms */
  readonly now: () => number;
}

/** How long an answer is kept on trying to arrive, and when it goes before what came later. */
export interface Persistence {
  readonly deadlineMs: number;
  readonly agingMs: number;
}

/** The last words are worth more attempts than an interim edit. */
const FINAL_ATTEMPTS = 30;

/**
 * One message of an answer, kept in step with what it should show. At most one request of it waits or is under
 * way, and that one carries the newest text at the moment it is sent.
 */
export class LiveMessage {
  readonly #options: LiveMessageOptions;
  #id: string | undefined;
  #shown: MessageContent | undefined;
  #ticket: Ticket | undefined;
  #controller = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #isDead = false;
  #waitsForEnd = false;
  #hasGivenUp = false;
  #wasMended = false;
  #wasLost = false;
  #isRemoved = false;
  #settledAt = -Infinity;
  #triedAt: number | undefined;

  constructor(options: LiveMessageOptions) {
    this.#options = options;
    this.#id = options.id;
  }

  get id(): string | undefined {
    return this.#id;
  }

  /** What stands there now, as far as is known. */
  get shown(): MessageContent | undefined {
    return this.#shown;
  }

  get isPending(): boolean {
    return this.#ticket !== undefined;
  }

  /** Discord refuses it for good. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** Nothing more is shown of it before the last words. */
  get isPaused(): boolean {
    return this.#isDead || this.#waitsForEnd;
  }

  /** Somebody took it away. */
  get isRemoved(): boolean {
    return this.#isRemoved;
  }

  /** When its last request ended, ms by a clock that never goes back; -Infinity before. */
  get settledAt(): number {
    return this.#settledAt;
  }

  /** When Discord was first asked to create it, epoch ms, while it gave no answer: it may be there. */
  get triedAt(): number | undefined {
    return this.#id === undefined ? this.#triedAt : undefined;
  }

  /** It stands there, with words that are not known. */
  adopt(id: string): void {
    this.#id = id;
    this.#shown = undefined;
  }

  get isUpToDate(): boolean {
    const content = this.#options.content();
    return content === null || this.#isShown(content);
  }

  /** Asks for a request, or gives the one that waits a better priority. */
  show(priority: Priority, retry: Pick<OutgoingRequest, 'maxAttempts' | 'deadlineMs'> = {}): void {
    if (this.isPaused) return;
    if (this.#ticket) {
      this.#ticket.raise(priority);
      return;
    }
    const target = this.#options.destination().target(this.#options.index, this.#id);
    let sent: MessageContent | undefined;
    this.#controller = new AbortController();
    this.#ticket = this.#options.budget.submit({
      method: target.method,
      path: target.path,
      priority,
      ...retry,
      signal: this.#controller.signal,
      body: () => {
        const content = this.#options.content();
        if (content === null || this.#isShown(content)) return null;
        sent = content;
        this.#triedAt ??= this.#options.now();
        return target.toBody(content);
      },
    });
    this.#work = this.#ticket.result
      .then(
        (data) => {
          if (!sent) return;
          this.#shown = this.#id === undefined && this.#options.mayBeThere === true ? undefined : sent;
          this.#id ??= toMessageId(data);
        },
        (error: unknown) => this.#refused(error, sent, retry.maxAttempts !== undefined),
      )
      .then(() => {
        this.#ticket = undefined;
        this.#settledAt = performance.now();
        this.#options.onSettled();
      })
      .catch((error: unknown) => {
        this.#isDead = true;
        this.#options.log.error({ err: error }, 'an answer cannot go on');
      });
  }

  /** Shows the final content. Resolves when it stands there, or was given up. */
  async flush(priority: Priority, { deadlineMs, agingMs }: Persistence): Promise<void> {
    this.#hasGivenUp = false;
    const aging = setTimeout(() => {
      this.#ticket?.raise('first-text');
    }, agingMs);
    try {
      while (!this.#isOver()) {
        this.#waitsForEnd = false;
        this.show(priority, { maxAttempts: FINAL_ATTEMPTS, deadlineMs });
        await this.#work;
      }
    } finally {
      clearTimeout(aging);
    }
  }

  /** Takes a request back that still waits; resolves when it is known what stands there. */
  async withdraw(): Promise<void> {
    this.#controller.abort(new Withdrawn());
    await this.#work;
  }

  /** What stands there is out of date, whatever it says. */
  outdate(): void {
    this.#shown = undefined;
    this.#waitsForEnd = false;
  }

  /** What was refused may be tried in another form. */
  revive(): void {
    this.#isDead = false;
  }

  #isOver(): boolean {
    if (this.#ticket) return false;
    return this.#isDead || this.#hasGivenUp || this.isUpToDate;
  }

  async #refused(error: unknown, sent: MessageContent | undefined, isFinal: boolean): Promise<void> {
    if (error instanceof Withdrawn) return;
    if (error instanceof DiscordRequestError) {
      this.#triedAt = undefined;
      const isLost = error.discordCode === UNKNOWN_MESSAGE && this.#id !== undefined;
      if (isLost && this.#shown === undefined && !this.#wasLost && this.#options.mayBeMadeAnew !== false) {
        // The message of the earlier run is gone. Once only: its nonce may still lead to it.
        this.#wasLost = true;
        this.#id = undefined;
        return;
      }
      this.#isRemoved = isLost;
      if (this.#options.destination().takeDetour(error, this.#id === undefined)) return;
      // It may be the files alone that are refused: that says nothing of the channel.
      const isPlain = (sent?.files ?? []).length === 0;
      if (isPlain && !this.#wasMended && (await this.#options.mend(error))) {
        this.#wasMended = true;
        return;
      }
      this.#isDead = true;
    } else if (isFinal) this.#hasGivenUp = true;
    // What has no end yet is not worth more of these; the last words are tried again.
    else if (endedByPassingRefusal(error)) this.#waitsForEnd = true;
    const level = this.isPaused || this.#hasGivenUp ? 'warn' : 'debug';
    this.#options.log[level]({ err: error, part: this.#options.index }, 'a message could not be shown');
  }

  #isShown(content: MessageContent): boolean {
    return this.#shown !== undefined && isSameContent(this.#shown, content);
  }
}

class Withdrawn extends Error {}

function toMessageId(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('id' in data)) return undefined;
  return typeof data.id === 'string' ? data.id : undefined;
}
