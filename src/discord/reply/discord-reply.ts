import { Routes } from 'discord.js';
import type { LRUCache } from 'lru-cache';
import type { AgentEvent } from '../../agent/ports.ts';
import type { Log } from '../../observability/log.ts';
import type { Delivery, Reply, RunOutcome } from '../../runs/ports.ts';
import type { Run } from '../../runs/run.ts';
import type { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { isChannelClosed, THREAD_ARCHIVED } from './channel-refusals.ts';
import { createDestination } from './destination.ts';
import type { Destination } from './destination.ts';
import { MAX_PARTS, toFinalContents, toFinalText } from './final-text.ts';
import { LiveMessage } from './live-message.ts';
import type { MessageContent } from './message-body.ts';
import { createPlaceNotice } from './place-notice.ts';
import type { PlaceNotice } from './place-notice.ts';
import type { ReplyTimings } from './timings.ts';
import { createPartStream, isBlank, splitParts } from './split-message.ts';
import type { Typing, TypingHold } from './typing.ts';

export interface DiscordReplyOptions {
  readonly budget: OutgoingBudget;
  readonly applicationId: () => string;
  readonly typing: Typing;
  /** Channels in which nothing is tried. */
  readonly muted: LRUCache<string, true>;
  readonly timings: ReplyTimings;
  readonly pingsRequester: boolean;
  readonly log: Log;
  /** epoch ms */
  readonly now: () => number;
}

/** A typing call on its way is waited for no longer than this. */
const TYPING_PATIENCE_MS = 500;

/**
 * One run as its person sees it. Events only note what should be seen; `#advance` then asks for at most one
 * request at a time, whose text is taken when it is sent. So a slow Discord never slows a run, and text that
 * nobody would have seen costs nothing.
 */
export class DiscordReply implements Reply {
  readonly #run: Run;
  readonly #options: DiscordReplyOptions;
  readonly #destination: Destination;
  readonly #place: PlaceNotice;
  readonly #stream = createPartStream();
  readonly #messages: LiveMessage[] = [];
  #streamed = '';
  #contents: readonly MessageContent[] = [];
  #isStale = false;
  #isEnded = false;
  #isFirstTextDue = false;
  #typing: TypingHold | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closeAnswer: (() => void) | undefined;

  constructor(run: Run, options: DiscordReplyOptions) {
    this.#run = run;
    this.#options = options;
    this.#destination = createDestination({ ...options, run });
    this.#place = createPlaceNotice({
      ...options.timings,
      mayShow: () => !this.#isMuted && !options.budget.isUnderLoad(),
      show: () => {
        const message = this.#message(0);
        message.show(message.id === undefined ? 'notice' : 'interim-edit');
      },
    });
  }

  waiting(position: number): void {
    if (this.#isEnded) return;
    this.#startTyping();
    this.#place.moved(position);
  }

  started(): void {
    if (this.#isEnded) return;
    this.#place.end();
    this.#startTyping();
    this.#closeAnswer ??= this.#options.budget.openAnswer();
  }

  onEvent(event: AgentEvent): void {
    if (event.type !== 'text-delta' || this.#isEnded) return;
    const isFirst = this.#streamed === '';
    this.#streamed += event.text;
    this.#stream.append(event.text);
    this.#isStale = true;
    if (this.#isFirstTextDue) {
      const isPending = this.#messages.some((message) => message.isPending);
      if (!this.#timer && !isPending) this.#arm(this.#waitForEditMs());
    } else if (this.#streamed.length >= this.#options.timings.firstTextCharacters) {
      this.#isFirstTextDue = true;
      this.#advance();
    } else if (isFirst) this.#arm(this.#options.timings.firstTextDelayMs);
  }

  async finish(outcome: RunOutcome): Promise<Delivery> {
    this.#isEnded = true;
    this.#place.end();
    clearTimeout(this.#timer);
    try {
      if (this.#isSilent(outcome)) await this.#messages[0]?.withdraw();
      if (this.#isSilent(outcome)) await this.#showAll([]);
      else await this.#deliver(outcome);
    } catch (error) {
      this.#options.log.error({ err: error }, 'an answer could not be delivered');
    } finally {
      this.#closeAnswer?.();
      await this.#stopTyping();
    }
    return this.#toDelivery();
  }

  /** Stopped by the person before anything was seen, whose question may be gone as well: there is nothing to say. */
  #isSilent(outcome: RunOutcome): boolean {
    const isStopped = outcome.kind === 'cancelled' && outcome.by === 'requester';
    return isStopped && this.#run.origin.kind === 'message' && this.#messages[0]?.id === undefined;
  }

  async #deliver(outcome: RunOutcome): Promise<void> {
    await this.#stopTyping();
    const text = toFinalText(outcome, this.#streamed);
    if (text.startsWith(this.#streamed)) this.#stream.append(text.slice(this.#streamed.length));
    const parts = text.startsWith(this.#streamed) ? this.#stream.end() : splitParts(text);
    const existing = this.#messages.filter((message) => message.id !== undefined || message.isPending).length;
    await this.#showAll(toFinalContents(parts, existing));
    if (!this.#messages.some((message) => message.isDead) || !this.#contents.some(({ file }) => file)) return;
    // The bot may not attach files here, it seems: then all of it in messages.
    for (const message of this.#messages) message.revive();
    const visible = parts.filter((part) => !isBlank(part));
    await this.#showAll(visible.map(({ content }) => ({ text: content })));
  }

  /** One after the other, so that they stand in order. */
  async #showAll(contents: readonly MessageContent[]): Promise<void> {
    this.#contents = contents;
    this.#isStale = false;
    if (this.#isMuted) return;
    const { deliveryDeadlineMs: deadlineMs, agingMs } = this.#options.timings;
    for (const index of contents.keys()) {
      const message = this.#message(index);
      const isFirstText = index === 0 && !this.#isTextVisible;
      await message.flush(isFirstText ? 'first-text' : 'final-text', { deadlineMs, agingMs });
      if (!message.isUpToDate) return;
    }
    await this.#removeBeyond(contents.length);
  }

  /** Messages that stand there from what was streamed, but not in the answer as it ended. */
  async #removeBeyond(count: number): Promise<void> {
    for (const [beyond, message] of this.#messages.splice(count).entries()) {
      await message.withdraw();
      if (message.id === undefined) continue;
      const { path } = this.#destination.target(count + beyond, message.id);
      await this.#options.budget.send({ method: 'DELETE', path, priority: 'final-text' });
    }
  }

  #toDelivery(): Delivery {
    const messageIds = this.#messages.flatMap(({ id }) => id ?? []);
    const isComplete = this.#contents.every((_, index) => {
      const message = this.#messages[index];
      return message?.id !== undefined && message.isUpToDate;
    });
    return { delivered: isComplete, messageIds };
  }

  /** Asks for the next request that brings what is seen closer to what there is; waits where it must. */
  #advance(): void {
    if (this.#isEnded || this.#isMuted || !this.#isFirstTextDue) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const contents = this.#currentContents();
    for (const [index, content] of contents.slice(0, MAX_PARTS).entries()) {
      const message = this.#message(index);
      if (message.isDead) return;
      if (message.shown?.text === content.text) continue;
      if (index === 0 && !this.#isTextVisible) this.#showFirstText(message);
      else this.#showMore(message, index < contents.length - 1);
      return;
    }
  }

  #showFirstText(message: LiveMessage): void {
    if (message.isPending) {
      message.show('partial-text');
      return;
    }
    this.#stopTyping().then(
      () => {
        // Only after a failure; a place in the line is replaced at once.
        const waitMs = message.shown ? 0 : this.#waitForEditMs();
        if (this.#isEnded) return;
        if (waitMs > 0) this.#arm(waitMs);
        else message.show('partial-text');
      },
      (error: unknown) => {
        this.#options.log.error({ err: error }, 'the first text could not be shown');
      },
    );
  }

  /** `isSettled`: another part follows, so this one is shown as it stays before that one begins. */
  #showMore(message: LiveMessage, isSettled: boolean): void {
    if (message.isPending) return;
    const waitMs = this.#waitForEditMs();
    if (waitMs > 0) this.#arm(waitMs);
    else message.show(isSettled && message.id !== undefined ? 'final-text' : 'interim-edit');
  }

  #waitForEditMs(): number {
    const last = Math.max(0, ...this.#messages.map(({ settledAt }) => settledAt));
    return Math.max(0, last + this.#options.timings.editIntervalMs - this.#options.now());
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#isFirstTextDue = true;
      this.#advance();
    }, ms);
  }

  get #isTextVisible(): boolean {
    const shown = this.#messages[0]?.shown;
    return shown !== undefined && shown.isPlace !== true;
  }

  get #isMuted(): boolean {
    return this.#run.origin.kind === 'message' && this.#options.muted.has(this.#run.channelId);
  }

  #currentContents(): readonly MessageContent[] {
    if (this.#isStale) {
      this.#isStale = false;
      const visible = this.#stream.parts().filter((part) => !isBlank(part));
      this.#contents = visible.map(({ content }) => ({ text: content }));
    }
    return this.#contents;
  }

  #message(index: number): LiveMessage {
    const { budget, log, now } = this.#options;
    return (this.#messages[index] ??= new LiveMessage({
      index,
      destination: this.#destination,
      budget,
      content: () => this.#currentContents()[index] ?? (index === 0 ? this.#place.content() : null),
      onSettled: () => {
        this.#advance();
      },
      mend: (error) => this.#mend(error),
      log,
      now,
    }));
  }

  async #mend(error: DiscordRequestError): Promise<boolean> {
    const { channelId, origin } = this.#run;
    if (error.discordCode === THREAD_ARCHIVED) {
      const path = Routes.channel(channelId);
      const body = { json: { archived: false } };
      try {
        await this.#options.budget.send({ method: 'PATCH', path, priority: 'final-text', body: () => body });
        return true;
      } catch (cause) {
        this.#options.log.debug({ err: cause }, 'an archived thread could not be woken');
      }
    }
    if (
      origin.kind === 'message' &&
      (isChannelClosed(error.discordCode) || error.discordCode === THREAD_ARCHIVED)
    ) {
      this.#options.muted.set(channelId, true);
    }
    return false;
  }

  #startTyping(): void {
    // A deferred interaction shows by itself that the bot is thinking.
    if (this.#run.origin.kind === 'interaction' || this.#isMuted || this.#isTextVisible) return;
    this.#typing ??= this.#options.typing.start(this.#run.channelId);
  }

  async #stopTyping(): Promise<void> {
    if (!this.#typing) return;
    const patience = Promise.withResolvers<undefined>();
    const timer = setTimeout(patience.resolve, TYPING_PATIENCE_MS, undefined);
    await Promise.race([this.#typing.stop(), patience.promise]);
    clearTimeout(timer);
  }
}
