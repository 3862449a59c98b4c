import { createLruCache } from '../../lib/lru-cache.ts';
import type { Log } from '../../observability/log.ts';
import { hasPermission, permission, permissionsIn } from '../../policy/permissions.ts';
import type { Doors } from '../../runs/ports.ts';
import type { Run } from '../../runs/run.ts';
import type { AccessChange } from '../gateway/access-changes.ts';
import type { Directory } from '../gateway/directory.ts';

/** Where the bot may speak: what Discord's refusals taught, and what the gateway told of permissions. */
export interface ChannelDoors extends Doors {
  /** Discord refused to let the bot speak in the run's channel; `gone`: there is no such channel. */
  shut(run: Run, why: ShutBy): void;
  /** What Discord's last refusal was, while nothing has changed since. Costs next to nothing. */
  shutBy(run: Run): ShutBy | undefined;
  /** Something changed of what the bot may do: what was refused may be taken now. */
  readonly onAccessChange: (change: AccessChange) => void;
}

export type ShutBy = 'gone' | 'closed';

interface Shut {
  readonly guildId: string | null;
  readonly by: ShutBy;
}

interface Waiter {
  readonly run: Run;
  readonly then: (isOpen: boolean) => void;
  readonly timer: NodeJS.Timeout;
}

/** For so long nothing is tried in a channel that does not let the bot speak, unless something changes there. */
const SHUT_MS = 300_000;
const MAX_SHUT = 10_000;
/** What was asked meanwhile waits a little longer, so that it is tried once when that time is over. */
const PATIENCE_MS = SHUT_MS + 1_000;
/** More than people ask of a bot that does not answer. */
const MAX_WAITING = 1_000;
const MAX_WAITING_IN_CHANNEL = 20;

export function createChannelDoors(directory?: Directory, log?: Pick<Log, 'error'>): ChannelDoors {
  const refused = createLruCache<Shut>({ max: MAX_SHUT, ttl: SHUT_MS });
  const waiters = new Map<string, Set<Waiter>>();
  let waiting = 0;

  const shutBy = ({ origin, channelId }: Run): ShutBy | undefined =>
    // An interaction's answer does not depend on what the bot may do in the channel.
    origin.kind === 'message' ? refused.get(channelId)?.by : undefined;

  const isClosed = (run: Run): boolean =>
    run.origin.kind === 'message' &&
    (shutBy(run) !== undefined || (directory !== undefined && !maySpeak(directory, run)));

  const forget = (waiter: Waiter): boolean => {
    const { channelId } = waiter.run;
    const here = waiters.get(channelId);
    if (!here?.delete(waiter)) return false;
    if (here.size === 0) waiters.delete(channelId);
    waiting -= 1;
    clearTimeout(waiter.timer);
    return true;
  };

  /** In a turn of its own nobody would catch what it throws; and the others who wait are to be told too. */
  const tell = (then: Waiter['then'], isOpen: boolean): void => {
    try {
      then(isOpen);
    } catch (error) {
      log?.error({ err: error }, 'who waited for a channel could not be told of it');
    }
  };

  const settle = (waiter: Waiter, isOpen: boolean): void => {
    if (forget(waiter)) tell(waiter.then, isOpen);
  };

  const openAll = (isConcerned: (guildId: string | null, channelId: string) => boolean): void => {
    for (const [channelId, { guildId }] of refused.entries()) {
      if (isConcerned(guildId, channelId)) refused.delete(channelId);
    }
    for (const waiter of [...waiters.values()].flatMap((here) => [...here])) {
      const { guildId, channelId } = waiter.run;
      if (isConcerned(guildId, channelId) && !isClosed(waiter.run)) settle(waiter, true);
    }
  };

  return {
    isClosed,
    shutBy,
    shut(run, by) {
      if (run.origin.kind === 'message') refused.set(run.channelId, { guildId: run.guildId, by });
    },
    awaitOpening(run, then) {
      const here = waiters.get(run.channelId) ?? new Set();
      if (waiting >= MAX_WAITING || here.size >= MAX_WAITING_IN_CHANNEL || shutBy(run) === 'gone') {
        const timer = setImmediate(tell, then, false);
        return () => {
          clearImmediate(timer);
        };
      }
      const timer = setTimeout(() => {
        settle(waiter, !isClosed(run));
      }, PATIENCE_MS).unref();
      const waiter: Waiter = { run, then, timer };
      waiters.set(run.channelId, here.add(waiter));
      waiting += 1;
      return () => {
        forget(waiter);
      };
    },
    onAccessChange({ guildId, channelId }) {
      if (refused.size === 0 && waiting === 0) return;
      // The directory learns of it only after this event was handled.
      setImmediate(() => {
        openAll((ofGuild, ofChannel) => {
          if (channelId === null) return ofGuild === guildId;
          return ofChannel === channelId || directory?.channel(ofChannel)?.thread?.parentId === channelId;
        });
      });
    },
  };
}

/** As far as the gateway has told: what it does not know of is left to Discord's answer. */
function maySpeak(directory: Directory, { guildId, channelId }: Run): boolean {
  const channel = directory.channel(channelId);
  const guild = guildId === null ? undefined : directory.guild(guildId);
  const bot = guildId === null ? undefined : directory.ownMember(guildId);
  if (!channel || !guild || !bot) return true;
  const { thread } = channel;
  if (thread && !directory.channel(thread.parentId)) return true;
  const speaking = thread ? permission.sendMessagesInThreads : permission.sendMessages;
  return hasPermission(permissionsIn(guild, channel.overwrites, bot), permission.viewChannel | speaking);
}
