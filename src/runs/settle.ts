import { LRUCache } from 'lru-cache';
import type { ConversationMemory } from '../memory/ports.ts';
import type { Log } from '../observability/log.ts';
import type { Answers } from './answers.ts';
import type { OwnedWork } from './owned-work.ts';
import type { Delivery, ReplyFactory } from './ports.ts';
import type { Run } from './run.ts';
import type { RunEnding, RunStore } from './run-store.ts';

export interface SettleOptions {
  readonly replies: ReplyFactory;
  readonly answers: Answers;
  readonly conversations: ConversationMemory;
  readonly store: RunStore;
  readonly owned: OwnedWork;
  readonly log: Log;
  /** Before each new try of a delivery, ms. */
  readonly redeliveryDelaysMs?: readonly number[];
}

/** What is left of a run when its outcome is decided: delivery, memory, retirement. */
export interface Settlement {
  /** After a delivery was tried. Whatever is left goes on in the background. */
  delivered(run: Run, ending: RunEnding, delivery: Delivery): void;
  /** Delivers an ending that an earlier try, or an earlier process, could not. */
  redeliver(run: Run, ending: RunEnding, messageIds: readonly string[]): void;
  /** The answer stood when the process ended: only memory may be missing. */
  remembered(run: Run, ending: RunEnding, messageIds: readonly string[]): void;
  /** The question is gone: nothing of it is delivered or remembered any more. */
  drop(runId: string): void;
  /** Ends the waits for a next try; the store keeps what is left for the next process. */
  close(): void;
}

/** About two hours, more and more rarely; then the next start tries again. */
const REDELIVERY_DELAYS_MS = [5_000, 15_000, 60_000, 300_000, 900_000, 1_800_000, 3_600_000];
const MAX_DROPPED = 10_000;

export function createSettlement(options: SettleOptions): Settlement {
  const { replies, answers, conversations, store, owned, log } = options;
  const { redeliveryDelaysMs = REDELIVERY_DELAYS_MS } = options;
  const waits = new Set<NodeJS.Timeout>();
  const dropped = new LRUCache<string, true>({ max: MAX_DROPPED });

  const rememberAndRetire = async (
    run: Run,
    ending: RunEnding,
    messageIds: readonly string[],
  ): Promise<void> => {
    const { turn } = ending;
    if (turn && !dropped.has(run.id)) {
      await conversations.append(run.conversationId, {
        ...turn,
        messageIds: [...turn.messageIds, ...messageIds],
      });
    }
    await store.retire(run.id);
  };

  const settle = async (run: Run, ending: RunEnding, { messageIds }: Delivery): Promise<void> => {
    const isGone = ending.outcome.kind === 'cancelled' && ending.outcome.by === 'deleted';
    if (!isGone && messageIds.length > 0 && !dropped.has(run.id)) answers.keep({ run, messageIds });
    await store.markDelivered(run.id, messageIds);
    await rememberAndRetire(run, ending, messageIds);
  };

  const tryAgainLater = (run: Run, ending: RunEnding, messageIds: readonly string[], tries: number): void => {
    const delayMs = redeliveryDelaysMs[tries];
    log.warn({ runId: run.id, tries, delayMs }, 'an answer waits to be delivered');
    if (delayMs === undefined) return;
    const wait = setTimeout(() => {
      waits.delete(wait);
      owned.add(deliver(run, ending, messageIds, tries + 1), 'an answer could not be delivered');
    }, delayMs).unref();
    waits.add(wait);
  };

  const deliver = async (
    run: Run,
    ending: RunEnding,
    messageIds: readonly string[],
    tries: number,
  ): Promise<void> => {
    if (dropped.has(run.id)) return store.retire(run.id);
    const reply = replies.open(run, { standing: messageIds });
    const delivery = await reply.finish(ending.outcome);
    if (delivery.delivered || delivery.isRefused) await settle(run, ending, delivery);
    else tryAgainLater(run, ending, delivery.messageIds, tries);
  };

  return {
    delivered(run, ending, delivery) {
      if (!delivery.delivered && !delivery.isRefused) tryAgainLater(run, ending, delivery.messageIds, 0);
      else owned.add(settle(run, ending, delivery), 'the run is kept until its memory is written');
    },
    redeliver(run, ending, messageIds) {
      owned.add(deliver(run, ending, messageIds, 0), 'an answer could not be delivered');
    },
    remembered(run, ending, messageIds) {
      owned.add(rememberAndRetire(run, ending, messageIds), 'the run is kept until its memory is written');
    },
    drop(runId) {
      dropped.set(runId, true);
    },
    close() {
      for (const wait of waits) clearTimeout(wait);
      waits.clear();
    },
  };
}
