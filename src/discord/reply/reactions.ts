import { Routes } from 'discord.js';
import { createLruCache } from '../../lib/lru-cache.ts';
import type { Log } from '../../observability/log.ts';
import { hasPermission, permission, permissionsIn } from '../../policy/permissions.ts';
import type { Admission } from '../../runs/ports.ts';
import type { Run } from '../../runs/run.ts';
import type { Directory } from '../gateway/directory.ts';
import { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';
import type { StandingMark, StandingMarks } from './standing-marks.ts';

/** What is shown at a question without words. Only nice to see: left out where anything stands against it. */
export interface Reactions {
  /** Shows the emoji at the question of a run. Never throws; call `remove`, if at all, once. */
  add(run: Run, emoji: string): ShownReaction;
  /** The same for one that is to be removed: a later process does it where this one cannot. */
  addForNow(run: Run, emoji: string): ShownReaction;
  /** Takes away what an earlier process left. Resolves when it is known what that is. */
  removeLeft(): Promise<void>;
}

export interface ShownReaction {
  /** Takes it away, or back where it was not sent yet. */
  remove(): void;
}

export interface ReactionsOptions {
  readonly budget: Pick<OutgoingBudget, 'send' | 'isUnderLoad'>;
  readonly directory: Directory;
  /** Without it a process that is killed leaves what it showed for now. */
  readonly marks?: StandingMarks;
  readonly log: Pick<Log, 'debug'>;
}

/** For so long nothing is tried in a channel that refused a reaction. */
const REFUSED_MS = 300_000;
const MAX_REFUSED = 10_000;
const NOTHING: ShownReaction = { remove: () => undefined };

export function createReactions({ budget, directory, marks, log }: ReactionsOptions): Reactions {
  const refused = createLruCache<true>({ max: MAX_REFUSED, ttl: REFUSED_MS });

  const mayShow = ({ guildId, channelId }: Run): boolean => {
    if (budget.isUnderLoad() || refused.has(channelId)) return false;
    return guildId === null || mayReact(directory, guildId, channelId);
  };

  const takeAway = (mark: StandingMark): void => {
    budget.send({ method: 'DELETE', path: toPath(mark), priority: 'typing' }).then(
      () => marks?.drop(mark),
      (error: unknown) => {
        // Where Discord says that it cannot be, there is nothing left to do; else the next start tries again.
        if (error instanceof DiscordRequestError) marks?.drop(mark);
        log.debug({ err: error }, 'a reaction could not be taken away');
      },
    );
  };

  const show = (mark: StandingMark, kept?: Promise<void>): ShownReaction => {
    const withdrawing = new AbortController();
    const { signal } = withdrawing;
    const put = (): Promise<unknown> =>
      budget.send({ method: 'PUT', path: toPath(mark), priority: 'typing', signal });
    const isThere = (kept ? kept.then(put) : put()).then(
      () => true,
      (error: unknown) => {
        const isRefused = error instanceof DiscordRequestError;
        if (isRefused && error.status === 403) refused.set(mark.channelId, true);
        if (!signal.aborted) log.debug({ err: error }, 'a reaction could not be shown');
        // Without an answer it may be there.
        return !isRefused && error !== signal.reason;
      },
    );
    return {
      remove() {
        withdrawing.abort();
        isThere
          .then((is) => {
            if (is) takeAway(mark);
            else marks?.drop(mark);
          })
          .catch((error: unknown) => {
            log.debug({ err: error }, 'a reaction could not be taken away');
          });
      },
    };
  };

  /** A thread that was opened under the question does not hold the question itself. */
  const toMarkAt = (run: Run, emoji: string): StandingMark | undefined => {
    const { origin, channelId } = run;
    if (origin.kind !== 'message' || origin.messageId === channelId || !mayShow(run)) return undefined;
    return { channelId, messageId: origin.messageId, emoji };
  };

  return {
    add(run, emoji) {
      const mark = toMarkAt(run, emoji);
      return mark ? show(mark) : NOTHING;
    },
    addForNow(run, emoji) {
      const mark = toMarkAt(run, emoji);
      if (!mark) return NOTHING;
      return show(mark, marks?.keep(mark));
    },
    async removeLeft() {
      for (const mark of (await marks?.takeLeft()) ?? []) takeAway(mark);
    },
  };
}

function toPath({ channelId, messageId, emoji }: StandingMark): string {
  return Routes.channelMessageOwnReaction(channelId, messageId, emoji);
}

/** What became of a message while another was being answered; undefined where its own answer tells it. */
export function toMark(admission: Admission): string | undefined {
  if (admission.kind === 'steered') return '↪️';
  return admission.kind === 'admitted' && admission.interrupts ? '⏩' : undefined;
}

function mayReact(directory: Directory, guildId: string, channelId: string): boolean {
  const guild = directory.guild(guildId);
  const channel = directory.channel(channelId);
  const bot = directory.ownMember(guildId);
  if (!guild || !channel || !bot) return false;
  const needed = permission.addReactions | permission.readMessageHistory | permission.viewChannel;
  return hasPermission(permissionsIn(guild, channel.overwrites, bot), needed);
}
