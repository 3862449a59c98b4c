import { MAX_PARTS } from '../markdown/answer-text.ts';
import type { Priority } from '../outgoing/outgoing-request.ts';
import { isSameContent, type MessageContent } from './message-body.ts';

/**
 * The life of a reply. `waiting`: for the run's turn, or for the first words. `growing`: words are shown while more of
 * them come. `ending`: the last words are brought there, whatever it takes. `over`: nothing more is shown. An edited
 * question leads from `growing` back to `waiting`.
 */
export type ReplyState = 'waiting' | 'growing' | 'ending' | 'over';

/** One message of an answer, as far as is known. */
export interface SeenMessage {
  readonly id: string | undefined;
  readonly shown: MessageContent | undefined;
  /** A request of it waits or is under way, and takes along what should be seen by then. */
  readonly isPending: boolean;
  /** Nothing more is shown of it before the last words. */
  readonly isPaused: boolean;
  /** The last words were refused, or tried for too long. */
  readonly hasFailed: boolean;
}

export interface Seen {
  readonly messages: readonly SeenMessage[];
  /** Discord does not let the bot speak there: nothing is tried. */
  readonly isShut: boolean;
  /** False: what is not known may stand there already, so none is created before that is known. */
  readonly mayCreate: boolean;
}

export type NextRequest =
  | { readonly kind: 'show'; readonly index: number; readonly priority: Priority }
  /** Takes away the messages from that index on. */
  | { readonly kind: 'remove'; readonly from: number };

/** The request that brings what is seen closer to what should be seen; undefined: none for now. */
export function toNextRequest(
  state: ReplyState,
  wanted: readonly MessageContent[],
  seen: Seen,
): NextRequest | undefined {
  switch (state) {
    case 'waiting':
      return toNotice(wanted, seen);
    case 'growing':
      return toGrowth(wanted, seen);
    case 'ending':
      return toEnd(wanted, seen);
    case 'over':
      return undefined;
  }
}

/** Words of the answer itself can be seen. */
export function isTextVisible([first]: readonly SeenMessage[]): boolean {
  return first?.shown !== undefined && first.shown.isPlace !== true;
}

function toNotice(wanted: readonly MessageContent[], seen: Seen): NextRequest | undefined {
  const message = seen.messages[0];
  if (wanted.length === 0 || !mayShow(message, seen)) return undefined;
  return { kind: 'show', index: 0, priority: message?.id === undefined ? 'notice' : 'interim-edit' };
}

/** Message by message, so that one is shown as it stays before the next begins. */
function toGrowth(wanted: readonly MessageContent[], seen: Seen): NextRequest | undefined {
  for (const [index, content] of wanted.slice(0, MAX_PARTS).entries()) {
    const message = seen.messages[index];
    if (!mayShow(message, seen)) return undefined;
    if (shows(message, content)) continue;
    if (index === 0 && !isTextVisible(seen.messages))
      return { kind: 'show', index, priority: 'partial-text' };
    if (message?.isPending) return undefined;
    const staysSo = index < wanted.length - 1 && message?.id !== undefined;
    return { kind: 'show', index, priority: staysSo ? 'final-text' : 'interim-edit' };
  }
  return undefined;
}

/** One after the other, so that they stand in order; then what is too much goes. */
function toEnd(wanted: readonly MessageContent[], seen: Seen): NextRequest | undefined {
  const { messages } = seen;
  for (const [index, content] of wanted.entries()) {
    const message = messages[index];
    if (seen.isShut) return undefined;
    if (shows(message, content) && !message?.isPending) continue;
    if (message?.hasFailed) return undefined;
    const isFirstText = index === 0 && !isTextVisible(messages);
    return { kind: 'show', index, priority: isFirstText ? 'first-text' : 'final-text' };
  }
  return messages.length > wanted.length ? { kind: 'remove', from: wanted.length } : undefined;
}

function mayShow(message: SeenMessage | undefined, { isShut, mayCreate }: Seen): boolean {
  return !isShut && message?.isPaused !== true && (message?.id !== undefined || mayCreate);
}

function shows(message: SeenMessage | undefined, content: MessageContent): boolean {
  return message?.shown !== undefined && isSameContent(message.shown, content);
}
