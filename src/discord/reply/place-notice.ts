import type { MessageContent } from './message-body.ts';

export interface PlaceNoticeOptions {
  readonly placeDelayMs: number;
  readonly placeIntervalMs: number;
  /** Whether there is room for what is only nice to know. */
  readonly mayShow: () => boolean;
  /** Asks for the notice to be shown, or brought up to date. */
  readonly show: () => void;
}

/** Tells somebody who waits far back in the line their place; the answer then takes the notice's place. */
export interface PlaceNotice {
  moved(position: number): void;
  /** Work begins, or it is over. */
  end(): void;
  /** What to show now; null: nothing. */
  content(): MessageContent | null;
}

/** Nearer than this the typing indicator says enough. */
const FAR_BACK = 10;

export function createPlaceNotice(options: PlaceNoticeOptions): PlaceNotice {
  let position: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isShown = false;
  let isEnded = false;

  const arm = (ms: number): void => {
    timer = setTimeout(() => {
      timer = undefined;
      if (isEnded || position === undefined || !options.mayShow()) return;
      if (!isShown && position <= FAR_BACK) return;
      isShown = true;
      options.show();
    }, ms).unref();
  };

  return {
    moved(newPosition) {
      if (isEnded || newPosition === position) return;
      position = newPosition;
      if (timer || (!isShown && position <= FAR_BACK)) return;
      arm(isShown ? options.placeIntervalMs : options.placeDelayMs);
    },
    end() {
      isEnded = true;
      clearTimeout(timer);
    },
    content() {
      if (isEnded || position === undefined || !options.mayShow()) return null;
      return { text: `You are number ${position} in line.`, isPlace: true };
    },
  };
}
