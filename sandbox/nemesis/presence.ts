import type { SimulatedDiscord } from '../discord/types.ts';
import type { LeftRuns, StoreFile } from './store-file.ts';

/** What happened between the bot and the gateway. Times are ms, as the history counts. */
export type PresenceEvent =
  /** A new session: what was missed before it is not told any more. */
  | { readonly kind: 'session'; readonly at: number; readonly left: LeftRuns | undefined }
  /** The session goes on: what was missed is told now. */
  | { readonly kind: 'resumed'; readonly at: number }
  | { readonly kind: 'deaf'; readonly at: number }
  /** The process ended. */
  | { readonly kind: 'ended'; readonly at: number };

/** What the bot could hear, and when. */
export interface Presence {
  /** When it was told of what was done at that time; undefined: nobody told it. */
  toldAt(at: number): number | undefined;
  /** New sessions since then, oldest first. */
  sessionsSince(at: number): readonly Extract<PresenceEvent, { kind: 'session' }>[];
  /** Whether a process ended in that stretch of time. */
  endsWithin(from: number, to: number): boolean;
}

/** Without any events it hears everything. */
export function createPresence(events: readonly PresenceEvent[]): Presence {
  const isHearing = ({ kind }: PresenceEvent): boolean => kind === 'session' || kind === 'resumed';
  return {
    toldAt(at) {
      if (events.length === 0) return at;
      const before = events.findLast((event) => event.at <= at);
      if (before && isHearing(before)) return at;
      const next = events.find((event) => event.at > at && isHearing(event));
      return next?.kind === 'resumed' ? next.at : undefined;
    },
    sessionsSince: (at) => events.filter((event) => event.kind === 'session').filter((each) => each.at >= at),
    endsWithin: (from, to) =>
      events.some((event) => event.kind === 'ended' && event.at >= from && event.at <= to),
  };
}

export interface PresenceWatch {
  readonly events: readonly PresenceEvent[];
  /** The process is gone. */
  ended(): void;
  stop(): void;
}

export function watchPresence(
  discord: Pick<SimulatedDiscord, 'observe'>,
  store: Pick<StoreFile, 'leftRuns'>,
  now: () => number,
): PresenceWatch {
  const events: PresenceEvent[] = [];
  const stop = discord.observe((event) => {
    if (event.type !== 'gateway') return;
    // Nothing has changed in the store yet: the process goes on with what it left when it is ready.
    if (event.what === 'ready') events.push({ kind: 'session', at: now(), left: store.leftRuns() });
    else if (event.what === 'resume') events.push({ kind: 'resumed', at: now() });
    else if (event.what === 'disconnect') events.push({ kind: 'deaf', at: now() });
  });
  return {
    events,
    stop,
    ended() {
      events.push({ kind: 'ended', at: now() });
    },
  };
}
