import { lastQuestion } from '../model/scripts.ts';
import type { ModelScript, ScriptedRequest } from '../model/types.ts';

const TOKEN_CHARACTERS = 6;
/** Long lines, since answers are also split by their height. */
const LINE_CHARACTERS = 200;
const TAG = /#(\d+)\.(\d+)#/g;

/** Which question of which person, both counted from 1. */
export interface QuestionId {
  readonly person: number;
  readonly question: number;
}

/** How the scripted model answers a crowd. */
export interface CrowdPace {
  readonly firstTokenMs: number;
  readonly tokenMs: number;
  /** Of each answer; a token is six characters. */
  readonly tokens: number;
}

export const defaultPace = { firstTokenMs: 300, tokenMs: 20, tokens: 20 } as const satisfies CrowdPace;

/** What marks a question, and every line of its answer. */
export function toTag({ person, question }: QuestionId): string {
  return `#${person}.${question}#`;
}

export function readTag(text: string): QuestionId | undefined {
  const match = [...text.matchAll(TAG)].at(-1);
  return match === undefined ? undefined : { person: Number(match[1]), question: Number(match[2]) };
}

/** The answer that the model gives to a question, and that must be seen whole. */
export function toAnswer(tag: string, tokens: number): string {
  const end = `${tag} ends here.`;
  const length = tokens * TOKEN_CHARACTERS - end.length;
  let answer = `${tag} begins here,`;
  let line = answer.length;
  for (let word = 1; answer.length < length; word += 1) {
    const next = line > LINE_CHARACTERS ? `\n${tag} word ${word},` : ` word ${word},`;
    line = next.startsWith('\n') ? next.length : line + next.length;
    answer += next;
  }
  return `${answer} ${end}`;
}

/** Answers the questions of a crowd by their tags; all others as `fallback` does. */
export function createCrowdScript(pace: CrowdPace, fallback?: ModelScript): ModelScript {
  return (request) => {
    const id = questionOf(request);
    if (id === undefined)
      return fallback === undefined ? { text: 'No question of a crowd.' } : fallback(request);
    const { firstTokenMs, tokenMs } = pace;
    return {
      text: toAnswer(toTag(id), pace.tokens),
      firstTokenMs,
      tokenMs,
      chunkCharacters: TOKEN_CHARACTERS,
    };
  };
}

/** The question that the model is asked, where it is one of a crowd. */
export function questionOf(request: ScriptedRequest): QuestionId | undefined {
  return readTag(lastQuestion(request));
}
