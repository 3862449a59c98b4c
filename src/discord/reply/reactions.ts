import { Routes } from 'discord.js';
import { createLruCache } from '../../lib/lru-cache.ts';
import type { Log } from '../../observability/log.ts';
import { hasPermission, permission, permissionsIn } from '../../policy/permissions.ts';
import type { Admission } from '../../runs/ports.ts';
import type { Run } from '../../runs/run.ts';
import type { Directory } from '../gateway/directory.ts';
import { DiscordRequestError } from '../outgoing/discord-request-error.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';

/** What is shown at a question without words. Only nice to see: left out where anything stands against it. */
export interface Reactions {
  /** Shows the emoji at the question of a run. Never throws; call `remove`, if at all, once. */
  add(run: Run, emoji: string): ShownReaction;
}

export interface ShownReaction {
  /** Takes it away, or back where it was not sent yet. */
  remove(): void;
}

export interface ReactionsOptions {
  readonly budget: Pick<OutgoingBudget, 'send' | 'isUnderLoad'>;
  readonly directory: Directory;
  readonly log: Pick<Log, 'debug'>;
}

/** For so long nothing is tried in a channel that refused a reaction. */
const REFUSED_MS = 300_000;
const MAX_REFUSED = 10_000;
const NOTHING: ShownReaction = { remove: () => undefined };

export function createReactions({ budget, directory, log }: ReactionsOptions): Reactions {
  const refused = createLruCache<true>({ max: MAX_REFUSED, ttl: REFUSED_MS });

  const mayShow = ({ guildId, channelId }: Run): boolean => {
    if (budget.isUnderLoad() || refused.has(channelId)) return false;
    return guildId === null || mayReact(directory, guildId, channelId);
  };

  return {
    add(run, emoji) {
      const { origin, channelId } = run;
      // A thread that was opened under the question does not hold the question itself.
      if (origin.kind !== 'message' || origin.messageId === channelId || !mayShow(run)) return NOTHING;
      const path = Routes.channelMessageOwnReaction(channelId, origin.messageId, emoji);
      const withdrawing = new AbortController();
      const isThere = budget
        .send({ method: 'PUT', path, priority: 'typing', signal: withdrawing.signal })
        .then(
          () => true,
          (error: unknown) => {
            if (error instanceof DiscordRequestError && error.status === 403) refused.set(channelId, true);
            if (!withdrawing.signal.aborted) log.debug({ err: error }, 'a reaction could not be shown');
            return false;
          },
        );
      return {
        remove() {
          withdrawing.abort();
          isThere
            .then((is) => (is ? budget.send({ method: 'DELETE', path, priority: 'typing' }) : undefined))
            .catch((error: unknown) => {
              log.debug({ err: error }, 'a reaction could not be taken away');
            });
        },
      };
    },
  };
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
