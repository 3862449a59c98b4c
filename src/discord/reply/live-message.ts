import { RESTJSONErrorCodes } from 'discord.js';
import type { Log } from '../../observability/log.ts';
import { DiscordRequestError, endedByPassingRefusal } from '../outgoing/discord-request-error.ts';
import type { OutgoingRequest, Priority, Ticket } from '../outgoing/outgoing-request.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import type { Destination } from './destination.ts';
import { isSameContent } from './message-body.ts';
import type { MessageContent } from './message-body.ts';
import type { SeenMessage } from './reply-view.ts';

/** The answer that messages are part of. */
export interface MessageOwner {
  readonly context: {
    readonly budget: Pick<OutgoingBudget, 'submit'>;
    readonly log: Pick<Log, 'debug' | 'warn' | 'error'>;
    /** epoch ms */
    readonly now: () => number;
  };
  readonly destination: Destination;
  /** An earlier process may have made its messages: creating one then gives that message, with the words that it had. */
  readonly mayBeThere: boolean;
  /** Whether the message of that index is created once more where it is gone; false: somebody did not want it. */
  mayBeMadeAnew(index: number): boolean;
  /** What that message should show, asked for when a request is really sent; null: nothing yet, or nothing more. */
  contentOf(index: number): MessageContent | null;
  /** Tries to mend what made Discord refuse; resolves with whether trying again makes sense. */
  mend(error: DiscordRequestError): Promise<boolean>;
  /** A request ended, however. */
  settled(): void;
}

/** How long an answer is kept on trying to arrive, and when it goes before what came later. */
export interface Persistence {
  readonly deliveryDeadlineMs: number;
  readonly agingMs: number;
}

/**
 * Why nothing more is shown of a message. `refused`: Discord refuses it for good. `until-end`: nothing before the last
 * words. `given-up`: the last words were tried for too long.
 */
type Halt = 'refused' | 'until-end' | 'given-up';

const UNKNOWN_MESSAGE: number = RESTJSONErrorCodes.UnknownMessage;

/** The last words are worth more attempts than an interim edit. */
const FINAL_ATTEMPTS = 30;

/**
 * One message of an answer, kept in step with what it should show. At most one request of it waits or is under
 * way, and that one carries the newest text at the moment it is sent.
 */
export class LiveMessage implements SeenMessage {
  readonly #owner: MessageOwner;
  readonly #index: number;
  #id: string | undefined;
  #shown: MessageContent | undefined;
  #ticket: Ticket | undefined;
  #controller = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #halt: Halt | undefined;
  #wasMended = false;
  #wasLost = false;
  #isRemoved = false;
  #triedAt: number | undefined;

  /** `id`: it stands there already, with words that are not known. */
  constructor(owner: MessageOwner, index: number, id?: string) {
    this.#owner = owner;
    this.#index = index;
    this.#id = id;
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
    return this.#halt === 'refused';
  }

  /** Nothing more is shown of it before the last words. */
  get isPaused(): boolean {
    return this.#halt === 'refused' || this.#halt === 'until-end';
  }

  /** The last words were refused, or tried for too long. */
  get hasFailed(): boolean {
    return this.#halt === 'refused' || this.#halt === 'given-up';
  }

  /** Somebody took it away. */
  get isRemoved(): boolean {
    return this.#isRemoved;
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
    const content = this.#owner.contentOf(this.#index);
    return content === null || this.#isShown(content);
  }

  /** Asks for a request, or gives the one that waits a better priority. */
  show(priority: Priority, retry: Pick<OutgoingRequest, 'maxAttempts' | 'deadlineMs'> = {}): void {
    if (this.isPaused) return;
    if (this.#ticket) {
      this.#ticket.raise(priority);
      return;
    }
    const target = this.#owner.destination.target(this.#index, this.#id);
    let sent: MessageContent | undefined;
    this.#controller = new AbortController();
    this.#ticket = this.#owner.context.budget.submit({
      method: target.method,
      path: target.path,
      priority,
      ...retry,
      signal: this.#controller.signal,
      body: () => {
        const content = this.#owner.contentOf(this.#index);
        if (content === null || this.#isShown(content)) return null;
        sent = content;
        this.#triedAt ??= this.#owner.context.now();
        return target.toBody(content);
      },
    });
    this.#work = this.#ticket.result
      .then(
        (data) => {
          if (!sent) return;
          this.#shown = this.#id === undefined && this.#owner.mayBeThere ? undefined : sent;
          this.#id ??= toMessageId(data);
        },
        (error: unknown) => this.#refused(error, sent, retry.maxAttempts !== undefined),
      )
      .then(() => {
        this.#ticket = undefined;
        this.#owner.settled();
      })
      .catch((error: unknown) => {
        this.#ticket = undefined;
        this.#halt = 'refused';
        this.#owner.context.log.error({ err: error }, 'an answer cannot go on');
      });
  }

  /** Shows the final content. Resolves when it stands there, or was given up. */
  async flush(priority: Priority, { deliveryDeadlineMs, agingMs }: Persistence): Promise<void> {
    if (this.#halt === 'given-up') this.#halt = undefined;
    const aging = setTimeout(() => {
      this.#ticket?.raise('first-text');
    }, agingMs);
    try {
      while (!this.#isOver()) {
        if (this.#halt === 'until-end') this.#halt = undefined;
        this.show(priority, { maxAttempts: FINAL_ATTEMPTS, deadlineMs: deliveryDeadlineMs });
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
    if (this.#halt === 'until-end') this.#halt = undefined;
  }

  /** What was refused may be tried in another form. */
  revive(): void {
    this.#halt = undefined;
  }

  #isOver(): boolean {
    if (this.#ticket) return false;
    return this.hasFailed || this.isUpToDate;
  }

  async #refused(error: unknown, sent: MessageContent | undefined, isFinal: boolean): Promise<void> {
    if (error instanceof Withdrawn) return;
    if (error instanceof DiscordRequestError) {
      this.#triedAt = undefined;
      const isLost = error.discordCode === UNKNOWN_MESSAGE && this.#id !== undefined;
      if (isLost && this.#shown === undefined && !this.#wasLost && this.#owner.mayBeMadeAnew(this.#index)) {
        // The message of the earlier run is gone. Once only: its nonce may still lead to it.
        this.#wasLost = true;
        this.#id = undefined;
        return;
      }
      this.#isRemoved = isLost;
      if (this.#owner.destination.takeDetour(error, this.#id === undefined)) return;
      // It may be the files alone that are refused: that says nothing of the channel.
      const isPlain = (sent?.files ?? []).length === 0;
      if (isPlain && !this.#wasMended && (await this.#owner.mend(error))) {
        this.#wasMended = true;
        return;
      }
      this.#halt = 'refused';
    } else if (isFinal) this.#halt = 'given-up';
    // What has no end yet is not worth more of these; the last words are tried again.
    else if (endedByPassingRefusal(error)) this.#halt = 'until-end';
    const level = this.#halt ? 'warn' : 'debug';
    this.#owner.context.log[level]({ err: error, part: this.#index }, 'a message could not be shown');
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
