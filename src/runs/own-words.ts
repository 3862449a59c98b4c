import type { AgentStep } from '../agent/ports.ts';
import type { ChatMessage } from '../memory/chat-message.ts';
import { isSharedConversation } from '../memory/shared-conversation.ts';
import { hasMarks } from '../prompt/marks.ts';
import type { Tool } from '../tools/tool.ts';
import type { RunMemory } from './recall.ts';
import type { RunFiles } from './run-attachments.ts';
import type { Run } from './run.ts';

/** Keeps apart, for tools that write, what the person said themselves in a run and what others may have said in it. */
export interface OwnWords {
  /** What the person said, once words of others are before the model; undefined where there are none. */
  readonly read: () => string | undefined;
  /** A question of the same person joins. */
  join(run: Run): void;
  /** The model is given the result of a tool. */
  addResult(toolName: string): void;
}

export interface OwnWordsOptions {
  readonly run: Run;
  readonly memory: RunMemory | undefined;
  readonly files: RunFiles;
  readonly tools: readonly Tool[];
  readonly finishedSteps: readonly AgentStep[];
}

/** Whatever is not known to be the person's own counts as said by others. */
export function createOwnWords({ run, memory, files, tools, finishedSteps }: OwnWordsOptions): OwnWords {
  const { turns = [], facts = [] } = memory ?? {};
  const said = [run.prompt.text, ...run.prompt.attachments.flatMap(({ id }) => toSpoken(files, id) ?? [])];
  const ownNames = new Set(tools.filter(({ isOwnResult }) => isOwnResult).map(({ name }) => name));
  let isMixed =
    facts.length > 0 ||
    run.prompt.quotes.length > 0 ||
    run.prompt.attachments.some(({ id }) => toSpoken(files, id) === undefined) ||
    (turns.length > 0 && isSharedConversation(run.conversationId)) ||
    turns.some(({ messages }) => messages.some((message) => holdsOthersWords(message, ownNames))) ||
    finishedSteps.some(({ steering = [], results }) => {
      // Of what joined in an earlier process is not known who said which part.
      return steering.length > 0 || results.some(({ name }) => !ownNames.has(name));
    });

  return {
    read: () => (isMixed ? said.join('\n') : undefined),
    join({ prompt }) {
      said.push(prompt.text);
      isMixed ||= prompt.quotes.length + prompt.attachments.length > 0;
    },
    addResult(toolName) {
      isMixed ||= !ownNames.has(toolName);
    },
  };
}

function toSpoken(files: RunFiles, attachmentId: string): string | undefined {
  const file = files.get(attachmentId);
  return file?.isVoice && file.content.kind === 'text' ? file.content.text : undefined;
}

/** Results of tools are told by the calls before them. */
function holdsOthersWords(message: ChatMessage, ownNames: ReadonlySet<string>): boolean {
  if (message.role === 'user') return typeof message.content !== 'string' || hasMarks(message.content);
  if (message.role !== 'assistant') return false;
  return message.toolCalls?.some(({ name }) => !ownNames.has(name)) ?? false;
}
