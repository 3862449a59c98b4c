import { nameOfTag, toName, toTag } from './answer.ts';
import { isChangedSince, lastChangeAt, type Question } from './question.ts';
import type { Prompt } from './script.ts';
import type { Trial, Violation } from './trial.ts';

/** A request that was on its way, or the rest of a step that had begun, may still come. */
const GRACE_MS = 1_500;
/** An answer whose end was decided before /stop is shown all the same; Discord may be slow to take it. */
const STOP_GRACE_MS = 3_000;
/** Long after it was asked an answer does not follow the edits of its question any more. */
const EDITABLE_MS = 14 * 60_000;

/** An answer follows the last text of its question. */
export function checkEdits(question: Question, trial: Trial): Violation[] {
  const reading = trial.readings.get(question);
  const shown = reading?.version;
  if (shown === undefined || reading?.isRefused === true || question.deletedAt !== undefined) return [];
  const followed = question.edits.findLast(
    ({ at }) => at - question.askedAt < EDITABLE_MS && trial.excuses.knownAt(question, at) !== undefined,
  );
  if (!followed || shown >= followed.version) return [];
  const known = toSeconds(trial.excuses.knownAt(question, followed.at));
  const what = `version ${shown} is answered, and version ${followed.version} was known at ${known}`;
  return [{ promise: 'outdated', question, what }];
}

/** Edited while its answer is on its way, a question is asked again when that stands there. */
const EDIT_GRACE_MS = 3_000;

/** What was taken back: tags of it, and from when on they are nowhere any more. */
interface TakenBack {
  readonly how: string;
  readonly knownAt: number;
  /** Of the question, in whatever version; undefined: its words may stay. */
  readonly isWord: (tag: string) => boolean;
  /** The answer goes as well, from the channel. */
  readonly isShown: boolean;
  /** Only the memory is gone: its own answer may go on, and be made anew. */
  readonly isMemoryAlone: boolean;
  /** In other words, it is asked again. */
  readonly isEdit: boolean;
}

/** What was taken back is nowhere: not in the channel, not in what the model is sent, not in the store. */
export function checkTakenBack(question: Question, trial: Trial): Violation[] {
  return findTakenBack(question, trial).flatMap((back) => {
    const found = [
      ...findShown(question, back, trial),
      ...findSent(question, back, trial),
      ...findStored(back, trial),
    ];
    if (found.length === 0) return [];
    const what = `${back.how}, known at ${toSeconds(back.knownAt)}: ${found.slice(0, 3).join('; ')}`;
    return [{ promise: 'kept', question, what }];
  });
}

function findTakenBack(question: Question, { excuses, presence, readings }: Trial): TakenBack[] {
  const name = toName(question);
  const isOwn = (tag: string): boolean => nameOfTag(tag) === name;
  const all = { isWord: isOwn, isShown: false, isMemoryAlone: false, isEdit: false };
  const found: TakenBack[] = [];
  const add = (how: string, at: number | undefined, what: Partial<TakenBack>): void => {
    if (at !== undefined) found.push({ ...all, how, knownAt: at, ...what });
  };
  const { deletedAt, edits, resetAt, presses } = question;
  if (deletedAt !== undefined) add('deleted', excuses.knownAt(question, deletedAt), { isShown: true });
  const edit = edits.findLast(({ at }) => excuses.knownAt(question, at) !== undefined);
  const isRefused = readings.get(question)?.isRefused === true;
  if (edit && deletedAt === undefined && !isRefused && edit.at - question.askedAt < EDITABLE_MS) {
    const olderTags = new Set(
      Array.from({ length: edit.version - 1 }, (_, index) => toTag({ ...question, version: index + 1 })),
    );
    const isWord = (tag: string): boolean => olderTags.has(tag);
    add(`edited to version ${edit.version}`, excuses.knownAt(question, edit.at), { isWord, isEdit: true });
  }
  const isAskedAgain = resetAt !== undefined && isChangedSince(question, resetAt - GRACE_MS);
  if (!isAskedAgain) add('reset', resetAt, { isMemoryAlone: true });
  const press = presses.find(({ action, takenAt }) => action === 'delete' && takenAt !== undefined);
  if (press?.takenAt !== undefined && !press.wasRefused() && lastChangeAt(question) === press.at) {
    const isDone = !presence.endsWithin(press.at, press.takenAt + GRACE_MS);
    if (isDone && !excuses.mayBeUnreadable(press.at)) {
      add('its answer was deleted with the button', press.takenAt, { isShown: true });
    }
  }
  return found;
}

function findShown(question: Question, { isShown }: TakenBack, { readings }: Trial): string[] {
  const tags = new Set(readings.get(question)?.seen.flatMap(({ tags: each }) => each));
  const own = [...tags].filter((tag) => nameOfTag(tag) === toName(question));
  return isShown && own.length > 0 ? [`its answer stands there (${own.join(', ')})`] : [];
}

function findSent(
  question: Question,
  { knownAt, isWord, isMemoryAlone, isEdit }: TakenBack,
  trial: Trial,
): string[] {
  const endsAt = knownAt + (isEdit ? EDIT_GRACE_MS : GRACE_MS);
  const late = trial.promptsWith.get(toName(question))?.find((prompt) => {
    if (prompt.at <= endsAt || ![...prompt.asked].some(isWord)) return false;
    // It joined the last question, or that one it: both are asked.
    if (isMemoryAlone && [...prompt.together].some(isWord)) return false;
    return !hasBegunBefore(prompt, endsAt, toName(question), trial, isMemoryAlone);
  });
  return late ? [`the model is sent it at ${toSeconds(late.at)} for ${late.tag ?? 'a title'}`] : [];
}

/**
 * A run of another question goes on with what it was given when it began; where only the memory was to forget, so does
 * one that was joined since.
 */
function hasBegunBefore(
  { tag }: Prompt,
  at: number,
  own: string,
  { promptsOf, byName, byMessage, sightings }: Trial,
  isMemoryAlone: boolean,
): boolean {
  if (tag === undefined || nameOfTag(tag) === own) return false;
  const names = [nameOfTag(tag)];
  const asked = byName.get(nameOfTag(tag));
  for (const messageId of asked && isMemoryAlone ? sightings.carriersOf(asked) : []) {
    const carrier = byMessage.get(messageId);
    if (carrier) names.push(toName(carrier));
  }
  return names.some((name) => promptsOf.get(name)?.some((prompt) => prompt.at <= at));
}

function findStored({ isWord, isMemoryAlone }: TakenBack, { kept }: Trial): string[] {
  if (!kept) return [];
  const asked = [...kept.asked].filter(isWord).map((tag) => `the memory holds the question ${tag}`);
  const answered = [...kept.answered].filter(isWord).map((tag) => `the memory holds the answer to ${tag}`);
  const repeatable = isMemoryAlone ? [] : [...kept.repeatable].filter(isWord);
  return [...asked, ...answered, ...repeatable.map((tag) => `${tag} can be answered once more`)];
}

/** An answer that somebody deleted by hand is not remembered. */
export function checkRemoved(question: Question, trial: Trial): Violation[] {
  const { kept, prompts, excuses } = trial;
  const { answerRemovedAt: removedAt } = question;
  if (removedAt === undefined || isChangedSince(question, removedAt)) return [];
  const knownAt = excuses.knownAt(question, removedAt);
  if (knownAt === undefined) return [];
  const name = toName(question);
  const isOwn = (tag: string): boolean => nameOfTag(tag) === name;
  const stored = [...(kept?.answered ?? [])].some(isOwn);
  const sent = prompts.find(
    (prompt) =>
      prompt.at > knownAt + GRACE_MS &&
      // In other words it is answered again, and its own steps go on.
      (prompt.tag === undefined || nameOfTag(prompt.tag) !== name) &&
      [...prompt.answered].some(isOwn) &&
      !hasBegunBefore(prompt, knownAt + GRACE_MS, name, trial, false),
  );
  if (!stored && !sent) return [];
  const where = sent ? `the model is sent it at ${toSeconds(sent.at)}` : 'the memory holds it';
  const what = `its answer was deleted by hand, known at ${toSeconds(knownAt)}: ${where}`;
  return [{ promise: 'kept', question, what }];
}

/** What was waiting when /stop took it does not begin any more. */
export function checkStop(question: Question, { sightings, presence, excuses }: Trial): Violation[] {
  const { stoppedAt } = question;
  const began = sightings.beganAt(question);
  if (stoppedAt === undefined || began === undefined || began <= stoppedAt + STOP_GRACE_MS) return [];
  const isUncertain =
    presence.endsWithin(stoppedAt - GRACE_MS, stoppedAt + GRACE_MS) ||
    excuses.mayBeUnwritten(stoppedAt) ||
    excuses.mayBeUnreachable(stoppedAt - STOP_GRACE_MS, stoppedAt + STOP_GRACE_MS) ||
    isChangedSince(question, stoppedAt - GRACE_MS);
  if (isUncertain) return [];
  const what = `/stop was acknowledged at ${toSeconds(stoppedAt)}, and its answer began at ${toSeconds(began)}`;
  return [{ promise: 'not stopped', question, what }];
}

function toSeconds(at = 0): string {
  return `${(at / 1000).toFixed(1)} s`;
}
