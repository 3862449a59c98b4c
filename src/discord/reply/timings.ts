/** All in ms, but for the characters. */
export interface ReplyTimings {
  /** From the first piece of text until it is shown while requests are plenty: not a single token, but some words. */
  readonly firstTextGatherMs: number;
  /** The same while requests are scarce; an answer that is complete before costs one of them. */
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
  /** A question that waits behind another no longer than this gets no mark. */
  readonly markDelayMs: number;
  /** How long after it was asked an answer in public goes by its interaction's token, before it moves. */
  readonly tokenLifeMs: number;
  /** When somebody who has seen nothing yet is told that it goes on; before the token's life ends. */
  readonly stayingNoticeMs: number;
  /** How long the last words are kept on trying; within the life of a nonce, which is a few minutes. */
  readonly deliveryDeadlineMs: number;
  /** A final text that waited this long goes before first texts. */
  readonly agingMs: number;
}

export const DEFAULT_TIMINGS = {
  firstTextGatherMs: 50,
  firstTextDelayMs: 400,
  firstTextCharacters: 120,
  editIntervalMs: 1000,
  typingDelayMs: 500,
  typingIntervalMs: 8000,
  placeDelayMs: 5000,
  placeIntervalMs: 10_000,
  markDelayMs: 1000,
  /** An interaction's token lives 15 minutes; the last of them are left for what is under way. */
  tokenLifeMs: 14.5 * 60_000,
  stayingNoticeMs: 14 * 60_000,
  deliveryDeadlineMs: 120_000,
  agingMs: 10_000,
} as const satisfies ReplyTimings;
