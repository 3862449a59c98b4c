/** All in ms, but for the characters. */
export interface ReplyTimings {
  /** From the first piece of text until it is shown; an answer that is complete before costs one request. */
  readonly firstTextDelayMs: number;
  /** So much text is shown without waiting: a short answer is not this long. */
  readonly firstTextCharacters: number;
  /** Between two edits of an answer, at least. */
  readonly editIntervalMs: number;
  readonly typingDelayMs: number;
  readonly typingIntervalMs: number;
  /** How long somebody waits far back in the line before they are told their place. */
  readonly placeDelayMs: number;
  readonly placeIntervalMs: number;
  /** How long the last words are kept on trying; within the life of a nonce, which is a few minutes. */
  readonly deliveryDeadlineMs: number;
  /** A final text that waited this long goes before first texts. */
  readonly agingMs: number;
}

export const DEFAULT_TIMINGS = {
  firstTextDelayMs: 400,
  firstTextCharacters: 120,
  editIntervalMs: 1000,
  typingDelayMs: 500,
  typingIntervalMs: 8000,
  placeDelayMs: 5000,
  placeIntervalMs: 10_000,
  deliveryDeadlineMs: 120_000,
  agingMs: 10_000,
} as const satisfies ReplyTimings;
