import { settlesWithin } from '../../lib/abort.ts';
import { Routes } from 'discord.js';
import type { Log } from '../../observability/log.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';

export interface TypingOptions {
  readonly budget: Pick<OutgoingBudget, 'send'>;
  readonly log: Pick<Log, 'debug'>;
  /** Discord shows it for 10 s. */
  readonly intervalMs: number;
  /** An answer that is there sooner needs none. */
  readonly delayMs: number;
}

export interface TypingHold {
  /** Not stopped yet. */
  readonly isHeld: boolean;
  /**
   * This run needs it no more. Resolves when no call of the channel is under way, so that none can arrive after
   * the answer; or when one takes too long to be waited for.
   */
  stop(): Promise<void>;
}

export interface Typing {
  /** Shows the bot typing until every hold on the channel is stopped: one call per interval, however many hold. */
  start(channelId: string): TypingHold;
}

/** A call on its way is waited for no longer than this. */
const PATIENCE_MS = 500;

interface ChannelTyping {
  holds: number;
  sentAt: number;
  timer: NodeJS.Timeout | undefined;
  underWay: Promise<undefined> | undefined;
}

export function createTyping(options: TypingOptions): Typing {
  const { intervalMs, delayMs } = options;
  const channels = new Map<string, ChannelTyping>();

  const arm = (channelId: string, channel: ChannelTyping, minMs: number): void => {
    const waitMs = Math.max(minMs, channel.sentAt + intervalMs - performance.now());
    clearTimeout(channel.timer);
    channel.timer = setTimeout(() => {
      channel.timer = undefined;
      if (channel.holds === 0) channels.delete(channelId);
      else call(channelId, channel);
    }, waitMs).unref();
  };

  const call = (channelId: string, channel: ChannelTyping): void => {
    const ended = Promise.withResolvers<undefined>();
    options.budget
      .send({
        method: 'POST',
        path: Routes.channelTyping(channelId),
        priority: 'typing',
        maxAttempts: 1,
        body: () => {
          if (channel.holds === 0) return null;
          channel.sentAt = performance.now();
          channel.underWay = ended.promise;
          return {};
        },
      })
      .catch((error: unknown) => {
        channel.sentAt = performance.now();
        options.log.debug({ err: error, channelId }, 'typing could not be shown');
      })
      .finally(() => {
        channel.underWay = undefined;
        ended.resolve(undefined);
        arm(channelId, channel, 0);
      });
  };

  return {
    start(channelId) {
      let channel = channels.get(channelId);
      if (!channel) {
        channel = { holds: 0, sentAt: -Infinity, timer: undefined, underWay: undefined };
        channels.set(channelId, channel);
        arm(channelId, channel, delayMs);
      }
      channel.holds += 1;
      const held = channel;
      let isHeld = true;
      return {
        get isHeld() {
          return isHeld;
        },
        async stop() {
          if (isHeld) held.holds -= 1;
          isHeld = false;
          if (held.underWay) await settlesWithin(held.underWay, PATIENCE_MS);
        },
      };
    },
  };
}
