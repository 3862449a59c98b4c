import type { Fact } from '../memory/ports.ts';
import { closeMark, openMark, withoutMarks } from '../runs/marks.ts';

/** Of all facts together, so that they leave room for the question; the tool `recall` finds the others. */
const MAX_CHARACTERS = 4_000;

/** What is remembered about a person, as claims between marks, each on one line with its date. */
export function toRememberedFacts(name: string, facts: readonly Fact[], code: string): string {
  const lines = toLatestLines(facts);
  const missing = facts.length - lines.length;
  return [
    openMark('remembered_facts', code, `asked_by="${name}"`),
    ...(missing > 0 ? [`(older ones that are left out here: ${missing}; the tool recall finds them)`] : []),
    ...lines,
    closeMark('remembered_facts', code),
  ].join('\n');
}

/** As many of the last ones as there is room for. */
function toLatestLines(facts: readonly Fact[]): readonly string[] {
  const lines = facts.map(({ text, at }) => {
    return `- ${new Date(at).toISOString().slice(0, 10)}: ${JSON.stringify(withoutMarks(text))}`;
  });
  let characters = 0;
  const cut = lines.findLastIndex((line) => (characters += line.length) > MAX_CHARACTERS);
  return lines.slice(cut + 1);
}
