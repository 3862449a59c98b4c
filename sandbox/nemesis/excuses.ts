import type { FaultSpan } from './suffer.ts';
import type { Question } from './talk.ts';

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
/** From a fault to when the last is felt of it. */
const ABSENT_MS = 15_000;
/** How soon after a question the bot may try to fetch it in vain. */
const FETCHED_MS = 20_000;
/** Swapped neighbours are sent once another event comes. */
const REORDERED_MS = 500;
/** A process that lives longer has written down by then what it took. */
const UNWRITTEN_MS = 30_000;

export function createExcuses(spans: readonly FaultSpan[]): Excuses {
  const isWithin = (at: number, names: readonly string[], aftermathMs: number): boolean =>
    spans.some(({ name, from, to }) => names.includes(name) && at >= from && at <= to + aftermathMs);
  const mayBeUnwritten = (at: number): boolean => isWithin(at, ['disk failing'], AFTERMATH_MS);

  return {
    mayBeUnwritten,
    mayBeUnreadable: (at) => isWithin(at, ['disk slow', 'disk failing'], AFTERMATH_MS),
    mayBeUnknown: ({ askedAt }) =>
      mayBeUnwritten(askedAt) &&
      spans.some(
        ({ name, from }) =>
          (name === 'kill -9' || name === 'SIGTERM') && from >= askedAt && from <= askedAt + UNWRITTEN_MS,
      ),
    mayComeLate: ({ askedAt }) =>
      isWithin(askedAt, ['dispatches reordered'], REORDERED_MS) ||
      // A request that hangs takes longer than those who ask meanwhile are made to wait.
      (isWithin(askedAt, ABSENCES, ABSENT_MS) &&
        spans.some(
          ({ name, from }) =>
            name.startsWith('REST silent') && from >= askedAt - ABSENT_MS && from <= askedAt + FETCHED_MS,
        )),
  };
}
