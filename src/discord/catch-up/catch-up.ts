import pLimit from 'p-limit';
import { SwitchboardError } from '../../errors.ts';
import { sleep, untilAborted } from '../../lib/abort.ts';
import { toBackoffMs } from '../../lib/backoff.ts';
import { createBackgroundWork, type BackgroundWork } from '../../lib/background-work.ts';
import type { IncomingMessage } from '../../intake/incoming.ts';
import { createLruCache } from '../../lib/lru-cache.ts';
import type { Log } from '../../observability/log.ts';
import type { Gap, Gaps } from '../../runs/gaps.ts';
import type { RunTable } from '../../storage/run-table.ts';
import type { Directory, LatestMessage } from '../gateway/directory.ts';
import type { GatewayHandlers } from '../gateway/dispatches.ts';
import type { NewSession } from '../gateway/sessions.ts';
import { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import { readMissed, type MissedInChannel } from './channel-history.ts';
import type { Heard } from './heard.ts';
import { Hold, type Holder } from './hold.ts';
import { laterOf, toFirstId } from './message-time.ts';
import {
  DEFAULT_LIMITS,
  loadRecentCursors,
  toMissedChannels,
  type CatchUpLimits,
  type Cursor,
} from './missed-channels.ts';

/** What happens to messages, in the order of their channel. */
export interface MessageDoor extends Pick<
  GatewayHandlers,
  'onMessage' | 'onMessageUpdate' | 'onMessageDelete'
> {
  /** A message that was known before was edited while nobody listened. */
  onMissedUpdate?(message: IncomingMessage): void;
}

export interface CatchUpOptions {
  /** The last message of each channel that became a run: what came after it may have been missed. */
  readonly cursors: Pick<RunTable, 'cursors' | 'forgetChannel' | 'forgetChannelsUntil'>;
  /** What is not fetched yet: cursors stay before it. */
  readonly gaps: Pick<Gaps, 'open'>;
  readonly heard: Heard;
  /** What was said last, as far as Discord tells. */
  readonly latestMessages: () => Iterable<LatestMessage>;
  readonly rest: Pick<OutgoingBudget, 'send'>;
  readonly directory: Directory;
  /** Whether anybody is answered in a guild (everywhere). */
  readonly mayAnswerIn?: (guildId: string) => boolean;
  readonly botUserId: () => string;
  /** Takes each message at most once, however often it is given. */
  readonly door: MessageDoor;
  readonly log: Log;
  /** Discord's time, epoch ms. */
  readonly now?: () => number;
  readonly limits?: Partial<CatchUpLimits>;
}

/** Discord says that the channel is gone or closed to the bot. */
const CHANNEL_GONE: ReadonlySet<number> = new Set([
  10_003, // unknown channel
  50_001, // missing access
  50_013, // missing permissions
]);

/** What an earlier process, or session, left. */
interface Known {
  readonly cursors: readonly Cursor[];
  readonly heardUntil: string | undefined;
}

/** What the rounds of one session share. */
interface Fetching extends Pick<Known, 'heardUntil'> {
  readonly holder: Holder;
  readonly gap: Gap;
}

/** Longer than a channel takes to be read. */
const DELETED_LIFE_MS = 15 * 60_000;
const MAX_DELETED = 10_000;

/**
 * Brings in what was said while no session listened. What comes meanwhile in a channel waits until what was missed
 * in it went through the door, as long as that does not take long.
 */
export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #limits: CatchUpLimits;
  readonly #now: () => number;
  readonly #hold: Hold;
  readonly #started = Promise.withResolvers<undefined>();
  readonly #stopping = new AbortController();
  readonly #work: BackgroundWork;
  /** Messages that were deleted lately: a page that was read before still shows them. */
  readonly #deleted = createLruCache<true>({ max: MAX_DELETED, ttl: DELETED_LIFE_MS });

  constructor(options: CatchUpOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#now = options.now ?? Date.now;
    this.#hold = new Hold(this.#limits);
    this.#work = createBackgroundWork(options.log);
  }

  readonly onMessage: MessageDoor['onMessage'] = (message) => {
    if (!this.#stopping.signal.aborted) this.#options.heard.hear(message.id);
    this.#pass(message.place.channelId, () => {
      this.#options.door.onMessage(message);
    });
  };

  readonly onMessageUpdate: Required<MessageDoor>['onMessageUpdate'] = (message) => {
    this.#pass(message.place.channelId, () => {
      this.#options.door.onMessageUpdate?.(message);
    });
  };

  readonly onMessageDelete: Required<MessageDoor>['onMessageDelete'] = (messageId, channelId) => {
    this.#deleted.set(messageId, true);
    const forget = (): void => this.#options.door.onMessageDelete?.(messageId, channelId);
    // What is known of it goes at once, and what still waits to come in, when it has.
    if (this.#hold.holds(channelId)) this.#try(channelId, forget);
    this.#pass(channelId, forget);
  };

  readonly onSession = (session: NewSession): void => {
    const holder = this.#hold.open();
    const work = this.#catchUp(session, holder, this.#options.gaps.open())
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) throw error;
      })
      .finally(() => {
        holder.end();
      });
    this.#work.add(work, 'what was missed could not be fetched');
  };

  /** Nothing is fetched before this call. */
  start(): void {
    this.#started.resolve(undefined);
  }

  /** What is held and not yet handed on stays behind the cursors, for the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort(new SwitchboardError('stopping', 'The bot is stopping'));
    await Promise.all([this.#work.settled(), this.#options.heard.stop()]);
  }

  #pass(channelId: string, act: () => void): void {
    this.#hold.pass(channelId, () => {
      if (!this.#stopping.signal.aborted) this.#try(channelId, act);
    });
  }

  /** What goes wrong with one message takes no other with it. */
  #try(channelId: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#options.log.error({ err: error, channelId }, 'a message could not be handled');
    }
  }

  async #catchUp(session: NewSession, holder: Holder, gap: Gap): Promise<void> {
    const { signal } = this.#stopping;
    const known = await this.#loadKnown();
    const served = known.cursors.filter(([channelId]) => session.serves(channelId));
    holder.narrow(served.map(([channelId]) => channelId));
    // Anything may be missing until Discord has told what was said last, and where.
    await untilAborted(Promise.all([session.ready, this.#started.promise]), signal);
    const { missed, latestId } = this.#toMissed({ ...known, cursors: served }, session);
    const channelIds = missed.map(([channelId]) => channelId);
    gap.narrow(channelIds);
    holder.narrow(channelIds);
    if (missed.length > 0) await this.#fetchMissed(missed, { ...known, holder, gap });
    await this.#options.heard.begin(latestId);
  }

  async #fetchMissed(missed: readonly Cursor[], fetching: Fetching): Promise<void> {
    let left = missed;
    let total = 0;
    for (let round = 1; left.length > 0; round += 1) {
      if (round > 1) await this.#pause(round - 1);
      const found = await this.#fetchAll(left, fetching);
      total += found.messages;
      // What a later session fetched meanwhile is no longer missing.
      left = found.failed.filter(([channelId]) => fetching.gap.has(channelId));
    }
    this.#options.log.info({ channels: missed.length, messages: total }, 'caught up with what was missed');
  }

  /** Tried until the store answers. */
  async #loadKnown(): Promise<Known> {
    const { cursors, heard, log } = this.#options;
    const { maxChannels, cursorMaxAgeMs } = this.#limits;
    for (let round = 1; ; round += 1) {
      try {
        const since = this.#now() - cursorMaxAgeMs;
        const heardUntil = await heard.until();
        return {
          cursors: await loadRecentCursors(cursors, { since, maxChannels }),
          heardUntil: heardUntil && laterOf(heardUntil, toFirstId(since)),
        };
      } catch (error) {
        log.warn({ err: error }, 'the cursors of the channels cannot be read yet');
        await this.#pause(round);
      }
    }
  }

  /** With the latest message of all. */
  #toMissed(known: Known, session: NewSession): { missed: readonly Cursor[]; latestId: string } {
    const { latestMessages, heard } = this.#options;
    const latest: LatestMessage[] = [];
    let latestId = '0';
    for (const message of latestMessages()) {
      // What was said up to now is fetched, or need not be: also where the bot has never listened before.
      heard.hear(message.messageId);
      latestId = laterOf(latestId, message.messageId);
      if (session.serves(message.channelId)) latest.push(message);
    }
    return { missed: toMissedChannels({ ...this.#options, ...known, latest, ...this.#limits }), latestId };
  }

  async #pause(round: number): Promise<void> {
    const { retryMs: minMs, maxRetryMs: maxMs } = this.#limits;
    await sleep(toBackoffMs(round, { minMs, maxMs }), this.#stopping.signal);
  }

  async #fetchAll(
    cursors: readonly Cursor[],
    { holder, gap, heardUntil }: Fetching,
  ): Promise<{ messages: number; failed: readonly Cursor[] }> {
    const failed: Cursor[] = [];
    let messages = 0;
    const limit = pLimit({ concurrency: this.#limits.maxConcurrent });
    await limit.map(cursors, async (cursor) => {
      const [channelId] = cursor;
      try {
        const found = await this.#readChannel(cursor, heardUntil);
        gap.close(channelId);
        this.#handOn(channelId, found);
        messages += found.asked.length;
      } catch (error) {
        this.#stopping.signal.throwIfAborted();
        if (!(await this.#isFinal(channelId, error))) {
          failed.push(cursor);
          return;
        }
        gap.close(channelId);
      }
      holder.release(channelId);
    });
    return { messages, failed };
  }

  #handOn(channelId: string, { asked, edited, deletedIds }: MissedInChannel): void {
    const { door } = this.#options;
    for (const message of asked) {
      if (this.#deleted.has(message.id)) continue;
      this.#try(channelId, () => {
        door.onMessage(message);
      });
    }
    for (const message of edited) this.#try(channelId, () => door.onMissedUpdate?.(message));
    for (const id of deletedIds) this.#try(channelId, () => door.onMessageDelete?.(id, channelId));
  }

  #readChannel(cursor: Cursor, heardUntil = cursor[1]): Promise<MissedInChannel> {
    const { rest, directory, botUserId, log } = this.#options;
    const { maxMessagesPerChannel: maxMessages, unaddressedMaxAgeMs } = this.#limits;
    return readMissed(cursor, heardUntil, {
      ...{ rest, directory, botUserId: botUserId(), now: this.#now(), log },
      ...{ maxMessages, unaddressedMaxAgeMs, signal: this.#stopping.signal },
    });
  }

  /** Whether there is no use in trying this channel again. */
  async #isFinal(channelId: string, error: unknown): Promise<boolean> {
    const { cursors, log } = this.#options;
    if (!(error instanceof DiscordRequestError)) {
      log.warn({ err: error, channelId }, 'what was missed in a channel cannot be fetched yet');
      return false;
    }
    if (!CHANNEL_GONE.has(error.discordCode)) {
      log.error({ err: error, channelId }, 'what was missed in a channel cannot be fetched');
      return true;
    }
    log.info({ channelId, code: error.discordCode }, 'a channel is gone');
    try {
      await cursors.forgetChannel(channelId);
    } catch (storeError) {
      log.warn({ err: storeError, channelId }, 'a channel that is gone could not be forgotten');
    }
    return true;
  }
}
