import type { APIMessageTopLevelComponent } from 'discord.js';
import type { Delivery, OpenReplyOptions, RunOutcome, StoppedBy } from '../../runs/ports.ts';
import type { Run } from '../../runs/run.ts';
import { AnswerText, MAX_PARTS } from '../markdown/answer-text.ts';
import type { MessageText } from '../markdown/answer-text.ts';
import type { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import { mendRefusal } from './channel-refusals.ts';
import { createDestination, removeMessage, toMaxMessages } from './destination.ts';
import type { Destination } from './destination.ts';
import { LiveMessage } from './live-message.ts';
import type { MessageOwner } from './live-message.ts';
import type { MessageContent } from './message-body.ts';
import { UnknownMessages } from './own-messages.ts';
import type { ReplyContext } from './reply-context.ts';
import { isTextVisible, toNextRequest } from './reply-view.ts';
import type { NextRequest, ReplyState } from './reply-view.ts';
import { WaitingNotice } from './waiting-signs.ts';
import type { NoticeOwner } from './waiting-signs.ts';

const UNSAID: ReadonlySet<StoppedBy> = new Set(['requester', 'interrupted', 'outdated']);

const NO_COMPONENTS: readonly APIMessageTopLevelComponent[] = [];

/** The reply that shows the answer. */
export interface AnswerReply {
  /** No more text will come. */
  readonly isEnded: boolean;
  /** A request of the answer ended. */
  advance(): void;
}

/** One answer: its words so far, the messages that should show them, and those that stand in the channel. */
export class ShownAnswer implements MessageOwner, NoticeOwner {
  readonly context: ReplyContext;
  /** What is to be seen while there is no text. */
  readonly notice: WaitingNotice;
  readonly #reply: AnswerReply;
  readonly #options: OpenReplyOptions;
  readonly #unknown: UnknownMessages;
  readonly #messages: LiveMessage[] = [];
  #run: Run;
  destination: Destination;
  #text = new AnswerText();
  #components: readonly APIMessageTopLevelComponent[] | undefined;
  #settledAt = -Infinity;
  #toldCount = 0;

  constructor(run: Run, context: ReplyContext, options: OpenReplyOptions, reply: AnswerReply) {
    this.#run = run;
    this.context = context;
    this.#options = options;
    this.#reply = reply;
    this.destination = createDestination(run, context);
    this.notice = new WaitingNotice(run, context, this);
    this.#components = context.controls?.(run, 'active');
    this.#unknown = new UnknownMessages(run, context, options.standing);
    const { standing = [] } = options;
    for (const id of standing) context.owners.keep(id, run.id);
    const earlier = standing.length > 0 ? standing : (run.replaces?.messageIds ?? []);
    for (const [index, id] of earlier.entries()) this.#messages[index] = new LiveMessage(this, index, id);
  }

  /** Characters so far. */
  get length(): number {
    return this.#text.length;
  }

  get isAnyPending(): boolean {
    return this.#messages.some(({ isPending }) => isPending);
  }

  get isTextVisible(): boolean {
    return isTextVisible(this.#messages);
  }

  /** When the last of its requests ended, ms by a clock that never goes back; -Infinity before. */
  get settledAt(): number {
    return this.#settledAt;
  }

  /** Discord does not let the bot speak there: nothing is tried. */
  get isShut(): boolean {
    return this.context.doors.shutBy(this.#run) !== undefined;
  }

  append(text: string): void {
    this.#text.append(text);
  }

  /** Begins anew in the same messages: the question has another text. */
  restart(run: Run): void {
    this.#run = run;
    this.#text = new AnswerText();
    this.destination = createDestination(run, this.context);
    for (const message of this.#messages) message.outdate();
  }

  /** The message of that index, which need not stand there yet. */
  at(index: number): LiveMessage {
    return (this.#messages[index] ??= new LiveMessage(this, index));
  }

  /** The request that brings what stands there closer to what should be seen. */
  next(state: ReplyState): NextRequest | undefined {
    return toNextRequest(state, this.#wanted(state), {
      messages: this.#messages,
      isShut: this.isShut,
      mayCreate: !this.#unknown.mayBeThere(this.#messages),
    });
  }

  /** Brings the last words there, whole, or takes everything away. */
  async end(outcome: RunOutcome): Promise<Delivery> {
    const isToVanish = (isDeleted(outcome) && !this.#isBegun) || this.#isSilent(outcome);
    const mayCreate = await this.#unknown.look(this.#messages, () => this.at(0), isToVanish);
    // What may stand there is taken away when Discord says whether it does.
    if (isToVanish && !mayCreate) return { delivered: false, messageIds: this.#ids };
    if (this.#isSilent(outcome)) await this.#messages[0]?.withdraw();
    if (isDeleted(outcome) || this.#isSilent(outcome)) {
      this.#text.clear();
      await this.#showAll();
    } else await this.#deliver(outcome, mayCreate);
    return this.toDelivery();
  }

  toDelivery(): Delivery {
    const messageIds = this.#ids;
    const isComplete = this.#text.contents().every((_, index) => {
      const message = this.#messages[index];
      return message?.id !== undefined && message.isUpToDate;
    });
    if (isComplete) return { delivered: true, messageIds };
    if (this.context.doors.shutBy(this.#run) === 'closed') {
      return { delivered: false, isClosed: true, messageIds };
    }
    return {
      ...{ delivered: false, messageIds },
      ...((this.isShut || this.#isAnyDead) && { isRefused: true }),
      ...(this.#messages.some(({ isRemoved }) => isRemoved) && { isRemoved: true }),
    };
  }

  get mayShowNotice(): boolean {
    const isSure = this.#isBegun || !this.#unknown.mayBeThere(this.#messages);
    return !this.isShut && !this.context.budget.isUnderLoad() && isSure;
  }

  showNotice(): void {
    const next = this.next('waiting');
    if (next?.kind === 'show') this.at(next.index).show(next.priority);
  }

  get mayBeThere(): boolean {
    return this.#options.standing !== undefined;
  }

  mayBeMadeAnew(index: number): boolean {
    // Who removed the first of this answer's own messages did not want it.
    return index > 0 || (this.#options.standing ?? []).length === 0;
  }

  contentOf(index: number): MessageContent | null {
    const contents = this.#text.contents();
    const shown = contents[index];
    if (shown) return this.#toContent(shown, index, contents.length);
    return index === 0 ? this.notice.content() : null;
  }

  mend(error: DiscordRequestError): Promise<boolean> {
    return mendRefusal(error, this.#run, this.context);
  }

  settled(): void {
    this.#settledAt = performance.now();
    const ids = this.#ids;
    if (ids.length !== this.#toldCount) {
      this.#toldCount = ids.length;
      for (const id of ids) this.context.owners.keep(id, this.#run.id);
      this.#options.onShown?.(ids);
    }
    this.#reply.advance();
  }

  /** Of the messages that stand there. */
  get #ids(): readonly string[] {
    return this.#messages.flatMap(({ id }) => id ?? []);
  }

  /** Something of it stands there. */
  get #isBegun(): boolean {
    return this.#messages[0]?.id !== undefined;
  }

  /** Discord refuses one of them for good. */
  get #isAnyDead(): boolean {
    return this.#messages.some(({ isDead }) => isDead);
  }

  #wanted(state: ReplyState): readonly MessageContent[] {
    const contents = this.#text.contents();
    if (contents.length > 0) {
      return contents.map((shown, index) => this.#toContent(shown, index, contents.length));
    }
    const notice = state === 'waiting' ? this.notice.content() : null;
    return notice ? [notice] : [];
  }

  #toContent(shown: MessageText, index: number, count: number): MessageContent {
    // The files of an earlier answer go with it.
    const isOver = this.#run.replaces !== null || this.mayBeThere;
    const content = isOver && !shown.files ? { ...shown, files: [] } : shown;
    if (!this.#components) return content;
    const last = (this.#reply.isEnded ? count : Math.min(count, MAX_PARTS)) - 1;
    return { ...content, components: index === last ? this.#components : NO_COMPONENTS };
  }

  /** Stopped before anything was seen, by the person, who knows, or where nobody waits for it: nothing to add. */
  #isSilent(outcome: RunOutcome): boolean {
    const isUnsaid = outcome.kind === 'cancelled' && UNSAID.has(outcome.by);
    return isUnsaid && this.#run.origin.kind === 'message' && !this.#isBegun;
  }

  async #deliver(outcome: RunOutcome, mayCreate: boolean): Promise<void> {
    this.#components = this.context.controls?.(this.#run, 'ended');
    // What was refused while the answer grew may be taken now.
    if (!this.isShut) this.#reviveAll();
    const existing = this.#messages.filter(({ id, isPending }) => id !== undefined || isPending).length;
    const mayGrow = !this.#unknown.cannotBeRead(this.#messages);
    this.#text.end(outcome, existing, mayGrow);
    // Not delivered, then, and tried again later.
    if (!mayCreate) return;
    for (const [index, content] of this.#text.contents().entries())
      this.#unknown.adopt(this.at(index), content);
    await this.#showAll();
    const hasFiles = this.#text.contents().some(({ files }) => files);
    if (!hasFiles || !this.#isAnyDead) return;
    // The bot may not attach files here, it seems: then all of it in messages.
    this.#reviveAll();
    this.#text.withoutFiles(outcome, mayGrow ? toMaxMessages(this.#run) : Math.max(existing, 1));
    await this.#showAll();
  }

  #reviveAll(): void {
    for (const message of this.#messages) message.revive();
  }

  /** Until all of it stands there, or something of it cannot. */
  async #showAll(): Promise<void> {
    for (let next = this.next('ending'); next; next = this.next('ending')) {
      if (next.kind === 'remove') await this.#removeFrom(next.from);
      else await this.at(next.index).flush(next.priority, this.context.timings);
    }
  }

  async #removeFrom(from: number): Promise<void> {
    for (const [beyond, message] of this.#messages.splice(from).entries()) {
      await message.withdraw();
      if (message.id === undefined) continue;
      await removeMessage(this.context, this.destination.target(from + beyond, message.id).path);
    }
  }
}

function isDeleted(outcome: RunOutcome): boolean {
  return outcome.kind === 'cancelled' && outcome.by === 'deleted';
}
