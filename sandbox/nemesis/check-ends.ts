import { findSecrets, toSecret } from './answer.ts';
import type { Reading } from './outcome.ts';
import { isItsPlace, type Question } from './question.ts';
import {
  interruptersOf,
  isAnsweredTogether,
  lastTagOf,
  wentWithAnother,
  type Promised,
  type Trial,
  type Violation,
} from './trial.ts';

const INTERRUPTED = '(interrupted by your next message)';

/** Each question has one end, where it belongs. */
export function checkEnd(question: Question, reading: Reading, trial: Trial): Violation[] {
  const violations: Violation[] = [];
  const add = (promise: Promised, what: string): void => {
    violations.push({ promise, question, what });
  };
  const lost = findLoss(question, reading, trial);
  if (lost !== undefined) add('lost', lost);
  const { seen } = reading;
  // Where the process that knew of it ended before the disk took it, it is answered again rather than never.
  const { repeated, ends } = trial.excuses.mayBeUnknown(question) ? { repeated: [], ends: [] } : reading;
  if (repeated.length > 0) add('duplicated', `it is there twice: ${repeated.slice(0, 5).join(', ')}`);
  if (ends.length > 1) add('duplicated', `it has ${ends.length} ends: ${ends.join(', ')}`);
  const own = toSecret(question.person, question.place);
  const foreign = seen.flatMap(({ content }) => findSecrets(content)).filter((secret) => secret !== own);
  if (foreign.length > 0) add('leaked', `its answer tells ${foreign.join(', ')}`);
  if (seen.some(({ channelId }) => !isItsPlace(question, channelId))) add('leaked', 'answered elsewhere');
  return violations;
}

function findLoss(question: Question, reading: Reading, trial: Trial): string | undefined {
  const { outcome, version, notices } = reading;
  if (version !== undefined && version > question.versions) return `answered as version ${version}`;
  const interrupters = interruptersOf(question, trial);
  const isInterruptible = interrupters.some((other) => trial.readings.get(other)?.isRefused !== true);
  const isInterrupted = notices.some((notice) => notice.endsWith(INTERRUPTED));
  if (isInterrupted && interrupters.length > 0 && !isInterruptible) {
    return 'it was interrupted by a question that was refused then';
  }
  if (outcome === 'whole' || outcome === 'notice' || isExcused(question, trial)) return undefined;
  if (outcome === 'partial') return 'its answer is not whole, and says nothing';
  if (question.mayBeStopped || isInterruptible) return undefined;
  return 'there is no answer and no notice';
}

function isExcused(question: Question, trial: Trial): boolean {
  const { excuses, sightings } = trial;
  const isTakenAway =
    question.deletedAt !== undefined ||
    question.answerRemovedAt !== undefined ||
    question.presses.some(({ action }) => action === 'delete');
  if (isTakenAway || excuses.mayBeUnknown(question)) return true;
  const wholeAt = sightings.wholeAt(lastTagOf(question));
  if (!question.isDirect && excuses.mayBeUnspeakable(question, wholeAt)) return true;
  return isAnsweredTogether(question, trial) || wentWithAnother(question, trial);
}
