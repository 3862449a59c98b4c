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

/** A question, and whether it wants its answer in a thread. */
export interface ThreadWish {
  /** Without the words of the wish. */
  readonly text: string;
  readonly isWished: boolean;
}

/** "Answer in a thread what …", "In a thread: what …" */
const atStart =
  /^(?:please,? )?(?:(?:answer|reply|respond)(?: me)? in a (?:new )?thread(?![\w-])(?:,? please)?(?:[,:;.!–-]+(?=\s|$))?|in a (?:new )?thread(?:,? please)?[,:;.!–-]+(?=\s|$))\s*/i;

/** "…, in a thread", "… Answer in a thread, please." */
const setOffAtEnd =
  /(?:(?<=[.!?])\s+|[,;:(–-]\s?|^)(?:please,? )?(?:(?:answer|reply|respond)(?: me)? )?in a (?:new )?thread(?:,? please)?[.!?)]{0,3}$/i;

/** "Explain closures in a thread", but not "What can block in a thread?" */
const plainAtEnd = /\s(?:please,? )?in a (?:new )?thread(?:,? please)?[.!)]{0,3}$/i;

/** Longer than the longest wording, so that the search costs the same whatever the length of the text. */
const tailCharacters = 60;

/** Looks for "in a thread" where it is said about the answer: at the very beginning or the very end. */
export function parseThreadWish(question: string): ThreadWish {
  const text = question.trim();
  const rest = text.replace(atStart, '');
  if (rest !== text) return { text: rest, isWished: true };
  const tail = text.slice(-tailCharacters);
  const match = setOffAtEnd.exec(tail) ?? plainAtEnd.exec(tail);
  // At the start of a tail that was cut from a longer text, nothing is known of what stands before it.
  if (!match || (match.index === 0 && tail.length < text.length)) return { text, isWished: false };
  return { text: text.slice(0, text.length - tail.length + match.index).trimEnd(), isWished: true };
}
