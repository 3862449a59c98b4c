import type { Presence } from './presence.ts';
import type { Question } from './question.ts';
import type { FaultSpan } from './suffer.ts';

/** What nobody can promise, judged by the faults of that time. Times are ms as the history counts. */
export interface Excuses {
  /** The disk took nothing when it was to be written down. */
  mayBeUnwritten(at: number): boolean;
  /** The disk gave nothing, or too late. */
  mayBeUnreadable(at: number): boolean;
  /** The disk did not take the question, and then the process that knew of it ended. */
  mayBeUnknown(question: Question): boolean;
  /** It reached the bot after a later question. */
  mayComeLate(question: Question): boolean;
  /** It had to be fetched, for which those who ask later are not made to wait long: one of them began then. */
  mayBeOvertaken(question: Question, at: number): boolean;
  /** The bot was not allowed to speak there while the question waited for its answer, which it got at `wholeAt`. */
  mayBeUnspeakable(question: Question, wholeAt: number | undefined): boolean;
  /** Discord may have been out of reach in that stretch of time, in one way or another. */
  mayBeUnreachable(from: number, to: number): boolean;
  /**
   * From when on the bot knows of what was done to a question then, and has to act on it; undefined: it cannot be
   * asked to. Discord tells it once. Who did not hear it looks after what is still to be answered, and no further.
   */
  knownAt(question: Question, at: number): number | undefined;
}

/** A disk that failed is felt for a while. */
const AFTERMATH_MS = 6_000;
/** The session was lost in one of these: what is asked meanwhile is fetched. */
const ABSENCES = [
  'kill -9',
  'SIGTERM',
  'SIGSTOP',
  'sockets dropped',
  'sockets half-open',
  'resumes refused',
  'gateway away',
  'heartbeats unanswered',
  'never greeted',
];
/** Half-open or stopped, it looks present and hears nothing. */
const SEEMINGLY_PRESENT = ['sockets half-open', 'SIGSTOP'];
/** From a fault to when the last is felt of it. */
const ABSENT_MS = 15_000;
/** How soon after a question the bot may try to fetch it in vain. */
const FETCHED_MS = 20_000;
/** How long after a new session others wait for what has to be fetched. */
const HELD_MS = 5_000;
/** Swapped neighbours are sent once another event comes. */
const REORDERED_MS = 500;
/** A process that lives longer has written down by then what it took. */
const UNWRITTEN_MS = 30_000;
/** How long a question may have to wait until its answer is tried for the first time. */
const WAITING_MS = 8_000;
/** A process that lives so long has acted on what it was told. */
const ACTED_MS = 1_500;

export function createExcuses(spans: readonly FaultSpan[], presence: Presence): Excuses {
  const overlaps = (names: (name: string) => boolean, from: number, to: number): boolean =>
    spans.some((span) => names(span.name) && span.from <= to && span.to >= from);
  const isWithin = (at: number, names: readonly string[], aftermathMs: number): boolean =>
    overlaps((name) => names.includes(name), at - aftermathMs, at);
  const mayBeUnwritten = (at: number): boolean => isWithin(at, ['disk failing', 'store late'], AFTERMATH_MS);
  const mayBeUnreadable = (at: number): boolean =>
    mayBeUnwritten(at) || isWithin(at, ['disk slow'], AFTERMATH_MS);
  const isKillBetween = (from: number, to: number): boolean =>
    spans.some(({ name, from: at }) => ['kill -9', 'SIGTERM'].includes(name) && at >= from && at <= to);

  const hasActed = (at: number): boolean => {
    // What was told to a process that was stopped is heard when it goes on.
    const deaf = spans.findLast(({ name, from, to }) => name === 'SIGSTOP' && from <= at && to >= at);
    const heardAt = Math.max(at, deaf?.to ?? at);
    return !presence.endsWithin(at, heardAt + ACTED_MS);
  };

  return {
    mayBeUnwritten,
    mayBeUnreadable,
    mayBeUnknown: ({ askedAt }) => mayBeUnwritten(askedAt) && isKillBetween(askedAt, askedAt + UNWRITTEN_MS),
    mayComeLate: ({ askedAt }) =>
      isWithin(askedAt, ['dispatches reordered'], REORDERED_MS) ||
      // A request that hangs takes longer than those who ask meanwhile are made to wait.
      (isWithin(askedAt, ABSENCES, ABSENT_MS) &&
        spans.some(
          ({ name, from }) =>
            /^REST silent|^HTML/.test(name) && from >= askedAt - ABSENT_MS && from <= askedAt + FETCHED_MS,
        )),
    mayBeOvertaken({ askedAt }, at) {
      const told = presence.toldAt(askedAt);
      if (told !== undefined && hasActed(told)) return false;
      return (
        presence.sessionsSince(askedAt).findLast((each) => each.at <= at && at - each.at < HELD_MS) ===
        undefined
      );
    },
    mayBeUnspeakable: ({ askedAt }, wholeAt = Infinity) =>
      overlaps(
        (name) => name === 'permission taken',
        askedAt - REORDERED_MS,
        Math.min(wholeAt, askedAt + WAITING_MS),
      ),
    mayBeUnreachable: (from, to) => overlaps((name) => /^(REST|HTML)/.test(name), from, to),
    knownAt({ messageId }, at) {
      if (isWithin(at, ['dispatches reordered'], REORDERED_MS)) return undefined;
      if (mayBeUnreadable(at) && isKillBetween(at, at + UNWRITTEN_MS)) return undefined;
      const told = isWithin(at, SEEMINGLY_PRESENT, 0) ? undefined : presence.toldAt(at);
      if (told !== undefined && hasActed(told)) return told;
      for (const { at: since, left } of presence.sessionsSince(at)) {
        const isLeft = left && (left.open.has(messageId) || !left.taken.has(messageId));
        if (isLeft !== true) return undefined;
        if (!hasActed(since)) continue;
        // What it looks after it has to ask for, which may fail for a while.
        return overlaps((name) => /^(REST|HTML)/.test(name), since - ABSENT_MS, since + ACTED_MS)
          ? undefined
          : since;
      }
      return undefined;
    },
  };
}
