import type { ModelScript, ScriptedReply, ScriptedRequest } from '../model/types.ts';
import { findSecrets, findTags, parseQuestion, toLines } from './answer.ts';
import type { Random } from './random.ts';

/** What the model was asked for one step of one answer. */
export interface Prompt {
  /** Of the question. */
  readonly tag: string;
  /** ms, as the history counts. */
  readonly at: number;
  /** Tags in the earlier turns. */
  readonly remembered: ReadonlySet<string>;
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

export function createNemesisScript(random: Random, now: () => number): NemesisScript {
  const prompts: Prompt[] = [];
  let fault: ModelFault | undefined;

  const script: ModelScript = (request) => {
    const at = request.messages.findLastIndex(({ role }) => role === 'user');
    const question = parseQuestion(toText(request.messages[at]?.content));
    if (!question) return { text: 'What was that?' };
    const earlier = request.messages.slice(0, at).map(({ content }) => toText(content));
    const toolResults = request.messages
      .slice(at + 1)
      .filter(({ role }) => role === 'tool')
      .map(({ content }) => toText(content));
    const { tag, kind } = question;
    prompts.push({ tag, at: now(), remembered: new Set(findTags(earlier.join('\n'))), toolResults });
    // Whoever finds a secret of others in its memory tells it to everybody.
    const secrets = findSecrets(request.messages.map(({ content }) => toText(content)).join('\n'));
    const reply = toReply(tag, kind, `I know ${secrets.join(' and ')}`, toolResults);
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

function toReply(
  tag: string,
  kind: NonNullable<ReturnType<typeof parseQuestion>>['kind'],
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
    case 'tools': {
      const pace = { firstTokenMs: 50, tokenMs: 10, chunkCharacters: 12 };
      if (toolResults.length > 0) {
        return { ...pace, text: toLines(tag, kind, `${last} and rolled ${toolResults.join(' | ')}`, 2) };
      }
      const toolCalls = ['a', 'b'].map((name) => ({
        id: `call_${name}`,
        name: 'roll_dice',
        arguments: { dice: '9d1000' },
      }));
      return { ...pace, text: toLines(tag, kind, last, 1, 1), toolCalls };
    }
  }
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

function toText(content: ScriptedRequest['messages'][number]['content']): string {
  return typeof content === 'string' ? content : JSON.stringify(content ?? '');
}
