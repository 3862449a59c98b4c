import type { APIMessageTopLevelComponent } from 'discord.js';
import type { AgentEvent } from '../../agent/ports.ts';
import type { Delivery, Reply, RunOutcome, StoppedBy } from '../../runs/ports.ts';
import type { Run } from '../../runs/run.ts';
import type { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import { AnswerMessages } from './answer-messages.ts';
import { AnswerText } from './answer-text.ts';
import { mendRefusal } from './channel-refusals.ts';
import { createDestination, showsThinking, toMaxMessages } from './destination.ts';
import type { Destination } from './destination.ts';
import { MAX_PARTS } from './final-text.ts';
import { GrowthPace } from './growth-pace.ts';
import type { LiveMessage } from './live-message.ts';
import type { MessageContent } from './message-body.ts';
import type { TypingHold } from './typing.ts';
import { UnknownMessages } from './unknown-messages.ts';
import type { DiscordReplyOptions } from './reply-options.ts';
import { createWaitingNotice } from './waiting-notice.ts';
import type { WaitingNotice } from './waiting-notice.ts';

const UNSAID: ReadonlySet<StoppedBy> = new Set(['requester', 'interrupted', 'outdated']);

const NO_COMPONENTS: readonly APIMessageTopLevelComponent[] = [];

/**
 * One run as its person sees it. Events only note what should be seen; `#advance` then asks for at most one
 * request at a time, whose text is taken when it is sent. So a slow Discord never slows a run, and text that
 * nobody would have seen costs nothing.
 */
export class DiscordReply implements Reply {
  #run: Run;
  readonly #options: DiscordReplyOptions;
  readonly #notice: WaitingNotice;
  readonly #unknown: UnknownMessages;
  readonly #messages: AnswerMessages;
  readonly #pace: GrowthPace;
  #destination: Destination;
  #text = new AnswerText();
  #components: readonly APIMessageTopLevelComponent[] | undefined;
  #isEnded = false;
  #typing: TypingHold | undefined;
  #closeAnswer: (() => void) | undefined;

  constructor(run: Run, options: DiscordReplyOptions) {
    this.#run = run;
    this.#options = options;
    this.#destination = createDestination({ ...options, run });
    this.#components = options.controls?.(run, 'active');
    this.#unknown = new UnknownMessages({ ...options, run });
    this.#notice = createWaitingNotice({
      ...options.timings,
      run,
      now: options.now,
      mayShow: () => !this.#isShut && !options.budget.isUnderLoad() && this.#mayShow(this.#messages.at(0)),
      show: () => {
        const message = this.#messages.at(0);
        message.show(message.id === undefined ? 'notice' : 'interim-edit');
      },
    });
    this.#messages = this.#openMessages(run);
    this.#pace = new GrowthPace({
      timings: options.timings,
      loopDelayMs: options.loopDelayMs,
      spareShare: () => options.budget.spareShare(),
      settledAt: () => this.#messages.settledAt,
      onDue: () => {
        this.#advance();
      },
    });
  }

  waiting(position: number): void {
    if (this.#isEnded) return;
    this.#closeAnswer ??= this.#options.budget.openAnswer();
    this.#startTyping();
    this.#notice.moved(position);
  }

  started(): void {
    if (this.#isEnded) return;
    this.#notice.started();
    this.#startTyping();
    this.#closeAnswer ??= this.#options.budget.openAnswer();
  }

  restart(run: Run): void {
    if (this.#isEnded) return;
    this.#pace.reset();
    this.#run = run;
    this.#text = new AnswerText();
    this.#destination = createDestination({ ...this.#options, run });
    for (const message of this.#messages.all) message.outdate();
    this.#startTyping();
  }

  onEvent(event: AgentEvent): void {
    if (event.type !== 'text-delta' || this.#isEnded) return;
    const isFirst = this.#text.length === 0;
    this.#text.append(event.text);
    this.#pace.grew(this.#text.length, isFirst, this.#messages.isAnyPending);
  }

  suspend(): void {
    this.#isEnded = true;
    this.#notice.end();
    this.#pace.pause();
    this.#closeAnswer?.();
    this.#typing?.stop().catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'typing could not be ended');
    });
  }

  async finish(outcome: RunOutcome): Promise<Delivery> {
    this.#isEnded = true;
    this.#notice.end();
    this.#pace.pause();
    try {
      await this.#typing?.stop();
      const { all } = this.#messages;
      const isToVanish = (isDeleted(outcome) && all[0]?.id === undefined) || this.#isSilent(outcome);
      const mayCreate = await this.#unknown.look(all, () => this.#messages.at(0), isToVanish);
      // What may stand there is taken away when Discord says whether it does.
      if (isToVanish && !mayCreate) return { delivered: false, messageIds: this.#messages.ids };
      if (isDeleted(outcome)) await this.#showNothing();
      else {
        if (this.#isSilent(outcome)) await this.#messages.all[0]?.withdraw();
        if (this.#isSilent(outcome)) await this.#showNothing();
        else await this.#deliver(outcome, mayCreate);
      }
    } catch (error) {
      this.#options.log.error({ err: error }, 'an answer could not be delivered');
    } finally {
      this.#closeAnswer?.();
    }
    return this.#toDelivery();
  }

  #openMessages(run: Run): AnswerMessages {
    const { budget, log, now, owners, standing = [], onShown } = this.#options;
    for (const id of standing) owners.keep(id, run.id);
    const options = {
      ...{ budget, log, now },
      onShown: (messageIds: readonly string[]) => {
        for (const id of messageIds) owners.keep(id, run.id);
        onShown?.(messageIds);
      },
      mayBeThere: this.#options.standing !== undefined,
      isOwnFirst: standing.length > 0,
      destination: () => this.#destination,
      contentOf: (index: number) => this.#contentOf(index),
      onSettled: () => {
        this.#advance();
      },
      mend: (error: DiscordRequestError) => mendRefusal(error, this.#run, this.#options),
    };
    return new AnswerMessages(options, standing.length > 0 ? standing : (run.replaces?.messageIds ?? []));
  }

  /** Stopped before anything was seen, by the person, who knows, or where nobody waits for it: nothing to add. */
  #isSilent(outcome: RunOutcome): boolean {
    const isUnsaid = outcome.kind === 'cancelled' && UNSAID.has(outcome.by);
    return isUnsaid && this.#run.origin.kind === 'message' && this.#messages.all[0]?.id === undefined;
  }

  async #showNothing(): Promise<void> {
    this.#text.clear();
    await this.#messages.removeBeyond(0);
  }

  async #deliver(outcome: RunOutcome, mayCreate: boolean): Promise<void> {
    this.#components = this.#options.controls?.(this.#run, 'ended');
    // What was refused while the answer grew may be taken now.
    if (!this.#isShut) for (const message of this.#messages.all) message.revive();
    const existing = this.#messages.all.filter(
      (message) => message.id !== undefined || message.isPending,
    ).length;
    const mayGrow = !this.#unknown.cannotBeRead(this.#messages.all);
    this.#text.end(outcome, existing, mayGrow);
    // Not delivered, then, and tried again later.
    if (!mayCreate) return;
    for (const [index, content] of this.#text.contents().entries())
      this.#unknown.adopt(this.#messages.at(index), content);
    await this.#showAll();
    const hasFiles = this.#text.contents().some(({ files }) => files);
    if (!hasFiles || !this.#messages.isAnyDead) return;
    // The bot may not attach files here, it seems: then all of it in messages.
    for (const message of this.#messages.all) message.revive();
    this.#text.withoutFiles(outcome, mayGrow ? toMaxMessages(this.#run) : Math.max(existing, 1));
    await this.#showAll();
  }

  /** One after the other, so that they stand in order. */
  async #showAll(): Promise<void> {
    if (this.#isShut) return;
    const { deliveryDeadlineMs: deadlineMs, agingMs } = this.#options.timings;
    const contents = this.#text.contents();
    for (const index of contents.keys()) {
      const message = this.#messages.at(index);
      const isFirstText = index === 0 && !this.#isTextVisible;
      await message.flush(isFirstText ? 'first-text' : 'final-text', { deadlineMs, agingMs });
      if (!message.isUpToDate) return;
    }
    await this.#messages.removeBeyond(contents.length);
  }

  #toDelivery(): Delivery {
    const messageIds = this.#messages.ids;
    const isComplete = this.#text.contents().every((_, index) => {
      const message = this.#messages.all[index];
      return message?.id !== undefined && message.isUpToDate;
    });
    if (isComplete) return { delivered: true, messageIds };
    const isClosed = this.#options.doors.shutBy(this.#run) === 'closed';
    if (isClosed) return { delivered: false, isClosed, messageIds };
    const isRefused = this.#isShut || this.#messages.isAnyDead;
    const isRemoved = this.#messages.isAnyRemoved;
    return {
      ...{ delivered: false, messageIds },
      ...(isRefused && { isRefused }),
      ...(isRemoved && { isRemoved }),
    };
  }

  /** Asks for the next request that brings what is seen closer to what there is; waits where it must. */
  #advance(): void {
    if (this.#isEnded || this.#isShut || !this.#pace.isFirstTextDue) return;
    this.#pace.pause();
    const count = this.#text.contents().length;
    for (let index = 0; index < Math.min(count, MAX_PARTS); index += 1) {
      const message = this.#messages.at(index);
      if (message.isPaused || !this.#mayShow(message)) return;
      if (message.isUpToDate) continue;
      if (index === 0 && !this.#isTextVisible) this.#showFirstText(message);
      else this.#showMore(message, index < count - 1);
      return;
    }
  }

  #showFirstText(message: LiveMessage): void {
    if (message.isPending) {
      message.show('partial-text');
      return;
    }
    const settled = this.#typing?.stop() ?? Promise.resolve();
    settled.then(
      () => {
        // Only after a failure; a place in the line is replaced at once.
        const waitMs = message.shown ? 0 : this.#pace.waitMs;
        if (this.#isEnded) return;
        if (waitMs > 0) this.#pace.waitFor(waitMs);
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
    const waitMs = this.#pace.waitMs;
    if (waitMs > 0) this.#pace.waitFor(waitMs);
    else message.show(isSettled && message.id !== undefined ? 'final-text' : 'interim-edit');
  }

  get #isTextVisible(): boolean {
    const shown = this.#messages.all[0]?.shown;
    return shown !== undefined && shown.isPlace !== true;
  }

  /** Discord does not let the bot speak here: nothing is tried. */
  get #isShut(): boolean {
    return this.#options.doors.shutBy(this.#run) !== undefined;
  }

  /** Nothing is to be seen of an answer that waits, but perhaps its place in the line. */
  #contentOf(index: number): MessageContent | null {
    const contents = this.#text.contents();
    const shown = contents[index];
    if (!shown) return index === 0 ? this.#notice.content() : null;
    // The files of an earlier answer go with it.
    const isOver = this.#run.replaces !== null || this.#options.standing !== undefined;
    const content = isOver && !shown.files ? { ...shown, files: [] } : shown;
    if (!this.#components) return content;
    const last = (this.#isEnded ? contents.length : Math.min(contents.length, MAX_PARTS)) - 1;
    return { ...content, components: index === last ? this.#components : NO_COMPONENTS };
  }

  /** A message that might be there already is not created before that is known. */
  #mayShow(message: LiveMessage): boolean {
    return message.id !== undefined || !this.#unknown.mayBeThere(this.#messages.all);
  }

  #startTyping(): void {
    if (showsThinking(this.#run) || this.#isShut || this.#isTextVisible) return;
    if (this.#typing?.isHeld !== true) this.#typing = this.#options.typing.start(this.#run.channelId);
  }
}

function isDeleted(outcome: RunOutcome): boolean {
  return outcome.kind === 'cancelled' && outcome.by === 'deleted';
}
