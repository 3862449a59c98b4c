import type { Run, RunOrigin } from './run.ts';

/** Discord takes answers by an interaction's token for 15 minutes; the last of them is left for the delivery. */
export const ANSWER_WINDOW_MS = 14 * 60_000;

/**
 * Whether only the interaction's token can show the answer. Any other answer moves into its channel when the token
 * runs out.
 */
export function isTokenOnly(origin: RunOrigin): boolean {
  return origin.kind === 'interaction' && (origin.isPrivate || origin.isForeign === true);
}

/** How long from now on a run may work, ms; undefined: the token does not bound it. */
export function toRemainingMs(
  { origin, createdAt }: Run,
  windowMs: number,
  now = Date.now(),
): number | undefined {
  return isTokenOnly(origin) ? Math.max(0, createdAt + windowMs - now) : undefined;
}

/** What addresses nobody is not answered after so long: the talk has gone on. */
export const UNADDRESSED_MAX_AGE_MS = 15 * 60_000;

/** An answer that is made once more is wished for, however late. */
export function isOutdated({ isUnaddressed, replaces, createdAt }: Run, now = Date.now()): boolean {
  return isUnaddressed === true && replaces === null && now - createdAt > UNADDRESSED_MAX_AGE_MS;
}
