import { isTokenOnly } from '../../runs/answer-window.ts';
import type { Run } from '../../runs/run.ts';
import type { MessageContent } from './message-body.ts';
import type { Reactions, ShownReaction } from './reactions.ts';
import type { ReplyTimings } from './timings.ts';

/** Nearer than this the typing indicator says enough. */
const FAR_BACK = 10;

const STAYING: MessageContent = {
  text: 'This takes longer than usual. My answer will come here.',
  isPlace: true,
};

/** The answer that the notice stands for meanwhile. */
export interface NoticeOwner {
  /** There is room for what is only nice to know. */
  readonly mayShowNotice: boolean;
  /** Asks for the notice to be shown, or brought up to date. */
  showNotice(): void;
}

/**
 * What somebody reads who waits far back: their place in the line, whose message the answer then takes over.
 *
 * An answer in public may take longer than its interaction's token lives. So that Discord does not say that the bot
 * failed to respond, the token leaves a message, whose place the answer then takes as in any channel.
 */
export class WaitingNotice {
  readonly #timings: ReplyTimings;
  readonly #owner: NoticeOwner;
  readonly #stayingTimer: NodeJS.Timeout | undefined;
  #placeTimer: NodeJS.Timeout | undefined;
  #position: number | undefined;
  #isPlaceShown = false;
  #isStaying = false;
  #isPlaceOver = false;

  constructor(
    { origin, createdAt }: Run,
    { timings, now }: { readonly timings: ReplyTimings; readonly now: () => number },
    owner: NoticeOwner,
  ) {
    this.#timings = timings;
    this.#owner = owner;
    const waitMs = createdAt + timings.stayingNoticeMs - now();
    if (origin.kind !== 'interaction' || isTokenOnly(origin) || waitMs <= 0) return;
    this.#stayingTimer = setTimeout(() => {
      this.#isStaying = true;
      owner.showNotice();
    }, waitMs).unref();
  }

  moved(position: number): void {
    if (this.#isPlaceOver || position === this.#position) return;
    this.#position = position;
    if (this.#placeTimer || this.#isNear) return;
    const { placeDelayMs, placeIntervalMs } = this.#timings;
    this.#placeTimer = setTimeout(
      () => {
        this.#placeTimer = undefined;
        if (this.#isNear || !this.#owner.mayShowNotice) return;
        this.#isPlaceShown = true;
        this.#owner.showNotice();
      },
      this.#isPlaceShown ? placeIntervalMs : placeDelayMs,
    ).unref();
  }

  /** Work begins. */
  started(): void {
    this.#isPlaceOver = true;
    clearTimeout(this.#placeTimer);
  }

  end(): void {
    this.started();
    clearTimeout(this.#stayingTimer);
  }

  /** What to show while there is no text; null: nothing. */
  content(): MessageContent | null {
    if (!this.#isPlaceOver && this.#position !== undefined && this.#owner.mayShowNotice) {
      return { text: `You are number ${this.#position} in line.`, isPlace: true };
    }
    return this.#isStaying ? STAYING : null;
  }

  /** Once the place was shown it is kept up to date, however near. */
  get #isNear(): boolean {
    return !this.#isPlaceShown && this.#position !== undefined && this.#position <= FAR_BACK;
  }
}

const WAITING = '🕒';

export interface WaitingMarkOptions {
  readonly reactions: Pick<Reactions, 'addForNow'>;
  readonly timings: Pick<ReplyTimings, 'markDelayMs'>;
  /** How many runs of each conversation wait or are at work. */
  readonly runsPerConversation: Map<string, number>;
}

/** The mark at a question that waits behind another of its conversation, until its turn has come. */
export class WaitingMark {
  readonly #run: Run;
  readonly #options: WaitingMarkOptions;
  #isCounted = false;
  #timer: NodeJS.Timeout | undefined;
  #shown: ShownReaction | undefined;

  constructor(run: Run, options: WaitingMarkOptions) {
    this.#run = run;
    this.#options = options;
  }

  waiting(): void {
    if (this.#isCounted || this.#count(1) === 1) return;
    const { reactions, timings } = this.#options;
    this.#timer = setTimeout(() => {
      this.#shown = reactions.addForNow(this.#run, WAITING);
    }, timings.markDelayMs).unref();
  }

  started(): void {
    if (!this.#isCounted) this.#count(1);
    this.#clear();
  }

  ended(): void {
    this.#clear();
    if (this.#isCounted) this.#count(-1);
  }

  /** Returns how many there are now. */
  #count(change: 1 | -1): number {
    this.#isCounted = change === 1;
    const { runsPerConversation } = this.#options;
    const { conversationId } = this.#run;
    const number = (runsPerConversation.get(conversationId) ?? 0) + change;
    if (number === 0) runsPerConversation.delete(conversationId);
    else runsPerConversation.set(conversationId, number);
    return number;
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#shown?.remove();
    this.#shown = undefined;
  }
}
