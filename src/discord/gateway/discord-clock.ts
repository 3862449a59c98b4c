import { SnowflakeUtil } from 'discord.js';

/**
 * Discord's time, as well as it is known here. What people did is dated by Discord, and the clock of this machine may
 * be wrong or set anew at any moment; so it is asked for durations alone.
 */
export interface DiscordClock {
  /** epoch ms; this machine's while Discord has told nothing. */
  readonly now: () => number;
  /** It was so late at Discord not later than now, epoch ms. */
  observe(time: number): void;
  /** Discord made this id not later than now. */
  observeId(id: string): void;
}

interface Observation {
  readonly time: number;
  /** When it was made, on the monotonic clock. */
  readonly at: number;
}

/** Nothing is so long on its way that it would tell a time so much wrong; a clock that moves so far was wrong before. */
const MAX_JUMP_MS = 300_000;
/** Farther from this machine's clock, and farther back, is likelier an error than the truth. */
const FAR_MS = 86_400_000;
/** For so long an observation that nobody believes may be borne out by another. */
const DOUBT_MS = 300_000;
const MAX_DOUBTED = 16;

/** `monotonic`: ms since any moment; never set back. */
export function createDiscordClock(monotonic = (): number => performance.now()): DiscordClock {
  /** Of Discord's time before the monotonic one. Whatever arrives was on its way, so that the largest is nearest. */
  let offset: number | undefined;
  /** The first one, while it is far from this machine's clock and nothing has borne it out: better than nothing. */
  let unsure: Observation | undefined;
  /** Recent ones that were not believed. */
  let doubted: readonly Observation[] = [];

  const believe = (...observations: readonly Observation[]): void => {
    offset = Math.max(...observations.map(toOffset));
    unsure = undefined;
    doubted = [];
  };
  const begin = (observation: Observation): void => {
    offset = toOffset(observation);
    if (!isNearHost(observation)) unsure = observation;
  };
  const doubt = (observation: Observation): void => {
    const recent = doubted.filter(({ at }) => observation.at - at <= DOUBT_MS);
    const second = recent.find((earlier) => doAgree(earlier, observation));
    if (second) believe(second, observation);
    else doubted = [...recent, observation].slice(-MAX_DOUBTED);
  };
  const checkUnsure = (first: Observation, observation: Observation): void => {
    if (doAgree(first, observation)) believe(first, observation);
    else if (isNearHost(observation)) believe(observation);
    else doubt(observation);
  };
  const adjust = (known: number, observation: Observation): void => {
    const jump = toOffset(observation) - known;
    if (jump > MAX_JUMP_MS || jump < -FAR_MS) doubt(observation);
    else offset = Math.max(known, toOffset(observation));
  };

  const observe = (time: number): void => {
    if (!Number.isFinite(time)) return;
    const observation = { time, at: monotonic() };
    if (offset === undefined) begin(observation);
    else if (unsure) checkUnsure(unsure, observation);
    else adjust(offset, observation);
  };
  return {
    observe,
    observeId(id) {
      if (/^\d{17,20}$/.test(id)) observe(SnowflakeUtil.timestampFrom(id));
    },
    now: () => (offset === undefined ? Date.now() : Math.round(offset + monotonic())),
  };
}

function toOffset({ time, at }: Observation): number {
  return time - at;
}

function isNearHost({ time }: Observation): boolean {
  return Math.abs(time - Date.now()) <= FAR_MS;
}

/** The same time twice is one observation that came twice, as from a cache. */
function doAgree(one: Observation, other: Observation): boolean {
  return one.time !== other.time && Math.abs(toOffset(one) - toOffset(other)) <= MAX_JUMP_MS;
}
