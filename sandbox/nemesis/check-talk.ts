import { toName, toTag, withoutLines } from './answer.ts';
import { lastChangeAt, type Question } from './question.ts';
import { isJoined, type Trial, type Violation } from './trial.ts';

/** Of a conversation, so many earlier turns surely fit into a prompt. */
const REMEMBERED_TURNS = 15;
const FAILURE = /Please (try|ask) again\.$/;

/** Answers begin in the order of their questions, as far as these came in order. */
export function checkOrder(conversation: readonly Question[], trial: Trial): Violation[] {
  const { readings, sightings, excuses } = trial;
  const violations: Violation[] = [];
  let latest: { readonly question: Question; readonly began: number } | undefined;
  for (const question of conversation) {
    const began = sightings.beganAt(question);
    const isWhole = readings.get(question)?.outcome === 'whole' && question.versions === 1;
    // Its thread can be there, and be spoken in, before the bot knows that it opened it.
    const isHeldUp = question.wantsThread || excuses.mayComeLate(question);
    // What joins an answer under way goes before what waits.
    if (!isWhole || began === undefined || isHeldUp || isJoined(question, trial)) continue;
    if (latest && began < latest.began) {
      if (excuses.mayBeOvertaken(latest.question, began)) continue;
      const what = `answered before question ${latest.question.question}`;
      violations.push({ promise: 'out of order', question, what });
    } else latest = { question, began };
  }
  return violations;
}

/** Whoever could read an answer when they asked on is understood: the model is told of it. */
export function checkMemory(conversation: readonly Question[], trial: Trial): Violation[] {
  const { sightings, promptsOf, excuses } = trial;
  const violations: Violation[] = [];
  for (const [index, question] of conversation.entries()) {
    if (isSaidToBeForgotten(question, trial)) continue;
    const asked = (promptsOf.get(toName(question)) ?? []).filter(({ at }) => !excuses.mayBeUnreadable(at));
    for (const earlier of conversation.slice(Math.max(0, index - REMEMBERED_TURNS), index)) {
      const tag = toTag({ ...earlier, version: 1 });
      const wholeAt = sightings.wholeAt(tag) ?? Infinity;
      const wasRead = wholeAt < question.askedAt && !excuses.mayBeUnwritten(wholeAt);
      if (!wasRead || !isToBeRemembered(earlier, trial) || mayBeMadeAgain(earlier, trial)) continue;
      if (asked.every(({ remembered }) => remembered.has(tag))) continue;
      const what = `the model is not told of question ${earlier.question}`;
      violations.push({ promise: 'forgotten', question, what });
    }
  }
  return violations;
}

/** Its answer, or the one that it stands in, which is then not remembered for a while. */
function mayBeMadeAgain(question: Question, trial: Trial): boolean {
  if (question.presses.length > 0) return true;
  const tag = toTag({ ...question, version: 1 });
  return trial.questions.some(
    (other) =>
      other.conversation === question.conversation &&
      lastChangeAt(other) > other.askedAt &&
      trial.promptsWith
        .get(toName(other))
        ?.some(({ together }) => together.has(tag) && together.has(toTag({ ...other, version: 1 }))) === true,
  );
}

/** The store may be late without any fault of ours: then it is answered all the same, and its person told. */
function isSaidToBeForgotten(question: Question, { readings }: Trial): boolean {
  const notices = readings.get(question)?.notices ?? [];
  return notices.some((notice) => notice.includes('My memory is out of reach just now'));
}

/** What stands there is in the memory as well, at the end. */
export function checkKeptMemory(conversation: readonly Question[], trial: Trial): Violation[] {
  const { kept, sightings, excuses } = trial;
  if (!kept) return [];
  return conversation.slice(-REMEMBERED_TURNS).flatMap((question) => {
    const tag = toTag({ ...question, version: 1 });
    const wholeAt = sightings.wholeAt(tag) ?? Infinity;
    const isRisky = excuses.mayBeUnwritten(wholeAt) || excuses.mayBeUnknown(question);
    // Made once more and then stopped, there may be nothing to remember.
    const isStopped = question.presses.length > 0 && (question.mayBeStopped || isInterruptible(question));
    if (isRisky || isStopped || !isToBeRemembered(question, trial) || kept.answered.has(tag)) return [];
    return [{ promise: 'forgotten', question, what: 'its answer stands there, and is not remembered' }];
  });
}

function isInterruptible({ whileRunning }: Question): boolean {
  return whileRunning === 'interrupt';
}

function isToBeRemembered(question: Question, { readings }: Trial): boolean {
  const reading = readings.get(question);
  if (reading?.outcome !== 'whole' || question.versions > 1) return false;
  // It broke off after its last words: what failed is not remembered.
  if (reading.seen.some(({ tags, content }) => tags.length > 0 && FAILURE.test(withoutLines(content))))
    return false;
  const isTakenBack =
    question.deletedAt !== undefined ||
    question.answerRemovedAt !== undefined ||
    question.presses.some(({ action }) => action === 'delete') ||
    question.resetAt !== undefined ||
    question.mayBeReset;
  // Where no thread could be opened for it, it is remembered where it was asked.
  const isInItsThread =
    !question.wantsThread || reading.seen.every(({ channelId }) => channelId === question.messageId);
  return !isTakenBack && isInItsThread;
}
