/** What a question makes the scripted model do. */
export const questionKinds = ['short', 'slow', 'long', 'tools', 'steps'] as const;
export type QuestionKind = (typeof questionKinds)[number];

/** One version of one question of one person, each counted from 1. */
export interface QuestionTag {
  readonly person: number;
  readonly question: number;
  readonly version: number;
}

/** One line of an answer, found somewhere. */
export interface AnswerLine extends QuestionTag {
  /** From 1. */
  readonly line: number;
  /** Lines that the whole answer has. */
  readonly of: number;
}

const LINES: Readonly<Record<QuestionKind, number>> = { short: 1, slow: 12, long: 45, tools: 3, steps: 9 };
const TAG = /#p(\d+)\.q(\d+)\.v(\d+)#/g;
const LINE = /#p(\d+)\.q(\d+)\.v(\d+)# line (\d+)\/(\d+) [^\n]*/g;
const SECRET = /secret-p\d+-c\d+/g;
const QUOTE = /<quoted_message-(\w+).*?<\/quoted_message-\1>/gs;

/** What a question is called, in whatever version. */
export function toName({ person, question }: Pick<QuestionTag, 'person' | 'question'>): string {
  return `p${person}.q${question}`;
}

/** Of a tag as it stands in a text. */
export function nameOfTag(tag: string): string {
  return tag.slice(1, tag.lastIndexOf('.'));
}

export function versionOfTag(tag: string): number {
  return Number(tag.slice(tag.lastIndexOf('.v') + 2, -1));
}

export function toTag(tag: QuestionTag): string {
  return `#${toName(tag)}.v${tag.version}#`;
}

/** What only the conversation of that person in that place may know. */
export function toSecret(person: number, place: number): string {
  return `secret-p${person}-c${place}`;
}

export function findSecrets(text: string): readonly string[] {
  return [...new Set(text.match(SECRET))];
}

export function findTags(text: string): readonly string[] {
  return [...new Set(text.match(TAG))];
}

/** Without what it quotes of others, which is theirs who quoted it. */
export function withoutQuotes(text: string): string {
  return text.replaceAll(QUOTE, '');
}

/** The tag and the kind of the question that a text ends with. */
export function parseQuestion(text: string): { tag: string; kind: QuestionKind } | undefined {
  const [tag, kind] = /(#p\d+\.q\d+\.v\d+#) (\w+)(?!.*#p\d)/s.exec(text)?.slice(1) ?? [];
  const known = questionKinds.find((each) => each === kind);
  return tag !== undefined && known ? { tag, kind: known } : undefined;
}

/** Lines `from` to `to` of an answer; the last one ends with `last`. */
export function toLines(tag: string, kind: QuestionKind, last: string, from = 1, to = LINES[kind]): string {
  const of = LINES[kind];
  const filling = kind === 'long' ? ' lorem ipsum dolor sit amet'.repeat(4) : ' lorem ipsum dolor';
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const line = from + index;
    return `${tag} line ${line}/${of}${filling}${line === of ? `, ${last}` : ''}.`;
  }).join('\n');
}

export function findLines(text: string): readonly AnswerLine[] {
  return [...text.matchAll(LINE)].map((match) => {
    const [person = 0, question = 0, version = 0, line = 0, of = 0] = match.slice(1).map(Number);
    return { person, question, version, line, of };
  });
}

/** What is said beside the lines of answers. */
export function withoutLines(text: string): string {
  return text.replaceAll(LINE, '').trim();
}
