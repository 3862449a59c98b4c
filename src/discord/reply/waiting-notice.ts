import { isTokenOnly } from '../../runs/answer-window.ts';
import type { Run } from '../../runs/run.ts';
import type { MessageContent } from './message-body.ts';
import { createPlaceNotice, type PlaceNoticeOptions } from './place-notice.ts';

export interface WaitingNoticeOptions extends PlaceNoticeOptions {
  readonly run: Run;
  readonly stayingNoticeMs: number;
  /** epoch ms */
  readonly now: () => number;
}

/** What somebody sees who waits: their place in the line, and before an interaction's token runs out that it goes on. */
export interface WaitingNotice {
  moved(position: number): void;
  /** Work begins. */
  started(): void;
  /** It is over. */
  end(): void;
  /** What to show while there is no text; null: nothing. */
  content(): MessageContent | null;
}

const STAYING: MessageContent = {
  text: 'This takes longer than usual. My answer will come here.',
  isPlace: true,
};

/**
 * An answer in public may take longer than its interaction's token lives. So that Discord does not say that the bot
 * failed to respond, the token leaves a message, whose place the answer then takes as in any channel.
 */
export function createWaitingNotice(options: WaitingNoticeOptions): WaitingNotice {
  const place = createPlaceNotice(options);
  const { origin, createdAt } = options.run;
  const waitMs = createdAt + options.stayingNoticeMs - options.now();
  const mayMove = origin.kind === 'interaction' && !isTokenOnly(origin) && waitMs > 0;
  let isStaying = false;
  const becomeStaying = (): void => {
    isStaying = true;
    options.show();
  };
  const timer = mayMove ? setTimeout(becomeStaying, waitMs).unref() : undefined;
  return {
    moved: (position) => {
      place.moved(position);
    },
    started: () => {
      place.end();
    },
    end() {
      place.end();
      clearTimeout(timer);
    },
    content: () => place.content() ?? (isStaying ? STAYING : null),
  };
}
