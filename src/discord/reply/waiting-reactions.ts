import type { Reply, ReplyFactory } from '../../runs/ports.ts';
import type { Run } from '../../runs/run.ts';
import type { Reactions, ShownReaction } from './reactions.ts';

export interface WaitingReactionsOptions {
  readonly reactions: Reactions;
  /** A question that waits no longer than this gets no reaction, ms (1,000). */
  readonly delayMs?: number;
}

const WAITING = '🕒';

/** Marks a question that waits behind another of its conversation, until its turn has come. */
export function withWaitingReactions(
  replies: ReplyFactory,
  { reactions, delayMs = 1_000 }: WaitingReactionsOptions,
): ReplyFactory {
  /** How many runs of a conversation wait or are at work. */
  const perConversation = new Map<string, number>();

  const count = (conversationId: string, change: 1 | -1): number => {
    const number = (perConversation.get(conversationId) ?? 0) + change;
    if (number === 0) perConversation.delete(conversationId);
    else perConversation.set(conversationId, number);
    return number;
  };

  return {
    open(run, options) {
      const mark = createMark(run, reactions, delayMs, (change) => count(run.conversationId, change));
      return marked(replies.open(run, options), mark);
    },
    refuse: (run, reason, isAgain) => replies.refuse(run, reason, isAgain),
    remove: (run, messageIds) => replies.remove(run, messageIds),
  };
}

interface Mark {
  waiting(): void;
  started(): void;
  ended(): void;
}

function createMark(
  run: Run,
  reactions: Reactions,
  delayMs: number,
  count: (change: 1 | -1) => number,
): Mark {
  let isCounted = false;
  let timer: NodeJS.Timeout | undefined;
  let shown: ShownReaction | undefined;

  const enter = (): boolean => {
    if (isCounted) return false;
    isCounted = true;
    return count(1) > 1;
  };
  const clear = (): void => {
    clearTimeout(timer);
    shown?.remove();
    shown = undefined;
  };
  return {
    waiting() {
      if (!enter()) return;
      timer = setTimeout(() => {
        shown = reactions.addForNow(run, WAITING);
      }, delayMs).unref();
    },
    started() {
      enter();
      clear();
    },
    ended() {
      clear();
      if (isCounted) count(-1);
      isCounted = false;
    },
  };
}

function marked(reply: Reply, mark: Mark): Reply {
  return {
    waiting(position) {
      mark.waiting();
      reply.waiting(position);
    },
    started() {
      mark.started();
      reply.started();
    },
    suspend() {
      // The process that goes on does not know of the mark.
      mark.ended();
      reply.suspend();
    },
    restart(run) {
      reply.restart(run);
    },
    onEvent(event) {
      reply.onEvent(event);
    },
    async finish(outcome) {
      try {
        return await reply.finish(outcome);
      } finally {
        mark.ended();
      }
    },
  };
}
