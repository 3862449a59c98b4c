import { nameOfTag } from './answer.ts';
import type { Question } from './question.ts';
import type { Trial, Violation } from './trial.ts';

/** Once the model was given the results of a step, that step is never made again. */
export function checkTools(trial: Trial): Violation[] {
  const violations: Violation[] = [];
  for (const [tag, steps] of Map.groupBy(trial.prompts, (prompt) => prompt.tag)) {
    const question = tag === undefined ? undefined : trial.byName.get(nameOfTag(tag));
    if (!question || mayBeMadeAgain(question, trial)) continue;
    if (steps.some(({ at }) => trial.excuses.mayBeUnwritten(at))) continue;
    let known: readonly string[] = [];
    for (const { toolResults } of steps) {
      // A message that comes again may be put to the model before it is known that it was taken; no tool acts for it.
      const isAgain = toolResults.length > 0 && known.some((result, index) => toolResults[index] !== result);
      if (toolResults.length > 0) known = toolResults;
      if (!isAgain) continue;
      const what = 'tools of a finished step were called again';
      violations.push({ promise: 'tools repeated', question, what });
      break;
    }
  }
  return violations;
}

/** Retry is a wish for that. What others joined begins again with them. */
function mayBeMadeAgain(question: Question, { questions }: Trial): boolean {
  if (question.presses.length > 0) return true;
  if (question.whileRunning !== 'steer') return false;
  return questions.some(
    ({ conversation, edits, deletedAt, presses }) =>
      conversation === question.conversation &&
      (edits.length > 0 || deletedAt !== undefined || presses.length > 0),
  );
}
