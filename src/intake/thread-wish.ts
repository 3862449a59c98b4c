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
