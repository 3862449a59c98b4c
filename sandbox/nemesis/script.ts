import type { ModelScript, ScriptedReply, ScriptedRequest } from '../model/types.ts';
import { findSecrets, findTags, parseQuestion, toLines, withoutQuotes, type QuestionKind } from './answer.ts';
import type { Random } from './random.ts';

/** What the model was asked for one step of one answer. */
export interface Prompt {
  /** Of the last question; undefined where a title was asked for. */
  readonly tag: string | undefined;
  /** ms, as the history counts. */
  readonly at: number;
  /** Tags in what stands before the last question. */
  readonly remembered: ReadonlySet<string>;
  /** Tags of all that was asked in it, earlier questions and those that joined among them, quotes aside. */
  readonly asked: ReadonlySet<string>;
  /** Tags of the questions that stand together with the last one, after the last answer that was ended. */
  readonly together: ReadonlySet<string>;
  /** Tags of the answers in it. */
  readonly answered: ReadonlySet<string>;
  /** Results of the tools called for this question so far; empty in the first step. */
  readonly toolResults: readonly string[];
}

export type ModelFault = 'rate-limited' | 'failing' | 'stalling' | 'resetting' | 'silent';

export interface NemesisScript {
  readonly script: ModelScript;
  readonly prompts: readonly Prompt[];
  /** From now on every second request or so fails in this way; undefined: none. */
  readonly setFault: (fault: ModelFault | undefined) => void;
}

type Message = ScriptedRequest['messages'][number];

export function createNemesisScript(random: Random, now: () => number): NemesisScript {
  const prompts: Prompt[] = [];
  let fault: ModelFault | undefined;

  const script: ModelScript = ({ messages }) => {
    const at = messages.findLastIndex(({ role }) => role === 'user');
    const question = parseQuestion(toText(messages[at]));
    const isTitle = toText(messages[0]).startsWith('Write a title');
    const toolResults = messages
      .slice(at + 1)
      .filter(({ role }) => role === 'tool')
      .map((message) => toText(message));
    prompts.push({
      tag: isTitle ? undefined : question?.tag,
      at: now(),
      ...findAll(messages, at),
      toolResults,
    });
    // A name that tells nothing of what is asked: what becomes of names is not what is looked at here.
    if (isTitle) return { text: 'A thread' };
    if (!question) return { text: 'What was that?' };
    // Whoever finds a secret of others in its memory tells it to everybody.
    const secrets = findSecrets(messages.map(toText).join('\n'));
    const reply = toReply(question.tag, question.kind, `I know ${secrets.join(' and ')}`, toolResults);
    return fault !== undefined && random.chance(0.6) ? broken(fault, reply) : reply;
  };

  return {
    script,
    prompts,
    setFault(next) {
      fault = next;
    },
  };
}

/** `last`: index of the last question. */
function findAll(
  messages: readonly Message[],
  last: number,
): Pick<Prompt, 'remembered' | 'asked' | 'together' | 'answered'> {
  const tagsIn = (some: readonly Message[], role?: string): ReadonlySet<string> => {
    const chosen = some.filter((message) => role === undefined || message.role === role);
    return new Set(chosen.flatMap((message) => findTags(withoutQuotes(toText(message)))));
  };
  const ended = messages.findLastIndex(
    ({ role, tool_calls: calls }, index) => index < last && role === 'assistant' && !calls,
  );
  return {
    remembered: new Set(messages.slice(0, last).flatMap((message) => findTags(toText(message)))),
    asked: tagsIn(messages, 'user'),
    together: tagsIn(messages.slice(ended + 1), 'user'),
    answered: tagsIn(messages, 'assistant'),
  };
}

function toReply(
  tag: string,
  kind: QuestionKind,
  last: string,
  toolResults: readonly string[],
): ScriptedReply {
  switch (kind) {
    case 'short':
      return { text: toLines(tag, kind, last), firstTokenMs: 50 };
    case 'slow':
      return { text: toLines(tag, kind, last), firstTokenMs: 100, tokenMs: 20, chunkCharacters: 12 };
    case 'long':
      return { text: toLines(tag, kind, last), firstTokenMs: 50, tokenMs: 4, chunkCharacters: 40 };
    case 'tools':
      return toStep({ tag, kind, last, toolResults, linesEach: 1, steps: 1 }, 10);
    case 'steps':
      // Slow enough for whoever wants to say something meanwhile.
      return toStep({ tag, kind, last, toolResults, linesEach: 3, steps: 2 }, 40);
  }
}

interface SteppedAnswer {
  readonly tag: string;
  readonly kind: QuestionKind;
  readonly last: string;
  readonly toolResults: readonly string[];
  /** Of each step that calls tools. */
  readonly linesEach: number;
  /** Steps that call tools. */
  readonly steps: number;
}

const CALLS_EACH = ['a', 'b'];

function toStep(answer: SteppedAnswer, tokenMs: number): ScriptedReply {
  const { tag, kind, last, toolResults, linesEach, steps } = answer;
  const pace = { firstTokenMs: 50, tokenMs, chunkCharacters: 12 };
  const done = toolResults.length / CALLS_EACH.length;
  const from = done * linesEach + 1;
  if (done >= steps) {
    return { ...pace, text: toLines(tag, kind, `${last} and rolled ${toolResults.join(' | ')}`, from) };
  }
  const toolCalls = CALLS_EACH.map((name) => ({
    id: `call_${done}${name}`,
    name: 'roll_dice',
    arguments: { dice: '9d1000' },
  }));
  return { ...pace, text: toLines(tag, kind, last, from, from + linesEach - 1), toolCalls };
}

function broken(fault: ModelFault, reply: ScriptedReply): ScriptedReply {
  switch (fault) {
    case 'rate-limited':
      return { status: 429, headers: { 'retry-after': '1' } };
    case 'failing':
      return { status: 500 };
    case 'silent':
      return { firstTokenMs: Infinity };
    case 'stalling':
      return { ...reply, fault: { afterChunks: 3, kind: 'stall' } };
    case 'resetting':
      return { ...reply, fault: { afterChunks: 3, kind: 'reset' } };
  }
}

function toText(message: Message | undefined): string {
  const content = message?.content;
  return typeof content === 'string' ? content : JSON.stringify(content ?? '');
}
