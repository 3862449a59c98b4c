import { Refusal } from './env-variable.ts';

/** As long as a choice of a Discord command may be. */
const MAX_CHARACTERS = 100;
const MAX_NAMES = 100;
const REMEDY = 'Write the names of models, separated by commas, such as gpt-5-mini,gpt-5.';

/** Parses `model,model`. */
export function parseModelNames(text: string): readonly string[] | Refusal {
  const names = text.split(',').map((name) => name.trim());
  if (names.length > MAX_NAMES) return new Refusal('names too many models', `Name at most ${MAX_NAMES}.`);
  for (const [index, name] of names.entries()) {
    const entry = `(entry ${index + 1})`;
    if (name === '') return new Refusal(`${entry} names no model`, REMEDY);
    if (/[\s"'`]/.test(name)) return new Refusal(`${entry} has spaces or quotes`, REMEDY);
    if (name.length > MAX_CHARACTERS) {
      return new Refusal(`${entry} is longer than ${MAX_CHARACTERS} characters`, REMEDY);
    }
    if (names.indexOf(name) < index)
      return new Refusal(`${entry} repeats an earlier one`, 'Name each model once.');
  }
  return names;
}
