import type { AgentEvent } from '../../agent/ports.ts';
import type { Delivery, OpenReplyOptions, Reply, RunOutcome } from '../../runs/ports.ts';
import type { Run } from '../../runs/run.ts';
import { showsThinking } from './destination.ts';
import { GrowthPace } from './growth-pace.ts';
import type { LiveMessage } from './live-message.ts';
import type { ReplyContext } from './reply-context.ts';
import type { ReplyState } from './reply-view.ts';
import { ShownAnswer } from './shown-answer.ts';
import type { TypingHold } from './typing.ts';
import { WaitingMark } from './waiting-signs.ts';

/** Somebody so near in the line is shown at once that they wait. */
const NEAR_POSITIONS = 100;
/**
 * Farther back nothing is shown: places change, and Discord takes some ten notices a second, so that it could not be
 * kept up to date.
 */
const SHOWN_POSITIONS = 300;
/** Whoever is in between sees it after so long, and while Discord has room for it. */
const FAR_DELAY_MS = 3_000;

/** What there is of a reply as soon as there may be something to show. */
interface Parts {
  readonly answer: ShownAnswer;
  readonly mark: WaitingMark;
  readonly pace: GrowthPace;
}

/**
 * One run as its person sees it. Events only note what should be seen; `advance` then asks for at most one request at a
 * time, whose text is taken when it is sent. So a slow Discord never slows a run, and text that nobody would have seen
 * costs nothing. A run far back in the line is hardly more than its record.
 */
export class DiscordReply implements Reply {
  #run: Run;
  #context: ReplyContext;
  readonly #options: OpenReplyOptions;
  #state: ReplyState = 'waiting';
  #parts: Parts | undefined;
  #farSince: number | undefined;
  #typing: TypingHold | undefined;
  /** What is nice to see leaves its place to answers, also to those that nothing is shown of yet. */
  #closeAnswer: (() => void) | undefined;

  constructor(run: Run, context: ReplyContext, options: OpenReplyOptions) {
    this.#run = run;
    this.#context = context;
    this.#options = options;
    // The token of an interaction has to be kept alive from the beginning.
    if (run.origin.kind === 'interaction') this.#open();
  }

  /** No more text will come. */
  get isEnded(): boolean {
    return this.#state === 'ending' || this.#state === 'over';
  }

  waiting(position: number): void {
    if (this.isEnded) return;
    this.#closeAnswer ??= this.#context.budget.openAnswer();
    if (!this.#parts && !this.#isToBeShown(position)) return;
    const { answer, mark } = this.#open();
    mark.waiting();
    this.#startTyping();
    answer.notice.moved(position);
  }

  started(): void {
    if (this.isEnded) return;
    this.#closeAnswer ??= this.#context.budget.openAnswer();
    const { answer, mark } = this.#open();
    mark.started();
    answer.notice.started();
    this.#startTyping();
  }

  restart(run: Run): void {
    if (this.isEnded) return;
    this.#run = run;
    if (!this.#parts) return;
    this.#state = 'waiting';
    this.#parts.pace.pause();
    this.#parts.answer.restart(run);
    this.#startTyping();
  }

  onEvent(event: AgentEvent): void {
    if (event.type !== 'text-delta' || this.isEnded) return;
    const { answer, pace } = this.#open();
    const isFirst = answer.length === 0;
    answer.append(event.text);
    if (this.#state === 'growing') {
      // A request that is on its way takes the new text along.
      if (!pace.isArmed && !answer.isAnyPending) pace.waitFor(pace.editWaitMs(answer.settledAt));
    } else if (answer.length >= this.#context.timings.firstTextCharacters) this.#grow();
    else if (isFirst) pace.waitFor(pace.firstTextWaitMs());
  }

  suspend(): void {
    this.#state = 'over';
    this.#closeAnswer?.();
    if (!this.#parts) return;
    const { answer, mark, pace } = this.#parts;
    // The process that goes on does not know of the mark.
    mark.ended();
    answer.notice.end();
    pace.pause();
    this.#typing?.stop().catch((error: unknown) => {
      this.#context.log.debug({ err: error }, 'typing could not be ended');
    });
  }

  async finish(outcome: RunOutcome): Promise<Delivery> {
    const { answer, mark, pace } = this.#open();
    this.#state = 'ending';
    answer.notice.end();
    pace.pause();
    try {
      await this.#typing?.stop();
      return await answer.end(outcome);
    } catch (error) {
      this.#context.log.error({ err: error }, 'an answer could not be delivered');
      return answer.toDelivery();
    } finally {
      this.#state = 'over';
      this.#closeAnswer?.();
      mark.ended();
    }
  }

  /** Asks for the next request of a growing answer; waits where it must. */
  advance(): void {
    if (this.#state !== 'growing') return;
    const { answer, pace } = this.#open();
    pace.pause();
    const next = answer.next('growing');
    if (next?.kind !== 'show') return;
    const message = answer.at(next.index);
    if (next.priority === 'partial-text') {
      this.#showFirstText(message);
      return;
    }
    const waitMs = pace.editWaitMs(answer.settledAt);
    if (waitMs > 0) pace.waitFor(waitMs);
    else message.show(next.priority);
  }

  #isToBeShown(position: number): boolean {
    if (position <= NEAR_POSITIONS) return true;
    if (position > SHOWN_POSITIONS) return false;
    this.#farSince ??= performance.now();
    return performance.now() - this.#farSince >= FAR_DELAY_MS && !this.#context.budget.isUnderLoad();
  }

  #open(): Parts {
    return (this.#parts ??= this.#createParts());
  }

  #createParts(): Parts {
    const run = this.#run;
    const log = this.#context.log.child({ runId: run.id, channelId: run.channelId });
    const context = { ...this.#context, log };
    this.#context = context;
    const answer = new ShownAnswer(run, context, this.#options, this);
    const pace = new GrowthPace(context, () => {
      this.#grow();
    });
    return { answer, pace, mark: new WaitingMark(run, context) };
  }

  /** There is enough to be shown. */
  #grow(): void {
    this.#state = 'growing';
    this.advance();
  }

  #showFirstText(message: LiveMessage): void {
    if (message.isPending) {
      message.show('partial-text');
      return;
    }
    const settled = this.#typing?.stop() ?? Promise.resolve();
    settled.then(
      () => {
        if (this.#state !== 'growing') return;
        const { answer, pace } = this.#open();
        // Only after a failure; a place in the line is replaced at once.
        const waitMs = message.shown ? 0 : pace.editWaitMs(answer.settledAt);
        if (waitMs > 0) pace.waitFor(waitMs);
        else message.show('partial-text');
      },
      (error: unknown) => {
        this.#context.log.error({ err: error }, 'the first text could not be shown');
      },
    );
  }

  #startTyping(): void {
    const { answer } = this.#open();
    if (showsThinking(this.#run) || answer.isShut || answer.isTextVisible) return;
    if (this.#typing?.isHeld !== true) this.#typing = this.#context.typing.start(this.#run.channelId);
  }
}
