/** A thread that is wanted. */
export interface ThreadRequest {
  readonly guildId: string;
  readonly channelId: string;
  /** The thread hangs under this message and has its id; null: it stands alone. */
  readonly messageId: string | null;
  /** As it was given; when absent, one is made of `text`. */
  readonly title?: string;
  /** What is going to be talked about; may be empty. */
  readonly text: string;
  readonly requester: { readonly id: string; readonly name: string };
  /**
   * The requester's roles, where their permissions decide, asked of Discord where they are not given; null where it
   * was decided already, by Discord or by the moderators of the channel.
   */
  readonly roleIds?: readonly string[] | null | undefined;
}

export type ThreadOpening =
  | { readonly kind: 'opened'; readonly channelId: string }
  /** The message is no longer there. */
  | { readonly kind: 'gone' }
  /** `reason`: one sentence for the person. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Opens threads. Implemented over Discord. */
export interface Threads {
  /** Resolves within a few seconds, with the first words as title; a better one may follow. Never rejects. */
  open(request: ThreadRequest): Promise<ThreadOpening>;
  /** Something was asked in a thread: one that was opened without a text is named after it. Returns at once. */
  asked(channelId: string, text: string, userId: string): void;
}
