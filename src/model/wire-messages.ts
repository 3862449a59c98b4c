import type {
  ChatCompletionFunctionTool,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { ChatMessage, ContentPart, ToolCall } from '../memory/chat-message.ts';
import type { ToolDescription } from './ports.ts';

/** The messages as Chat Completions takes them; a sentence stands for each image that the model cannot see. */
export function toWireMessages(
  messages: readonly ChatMessage[],
  { takesImages }: { takesImages: boolean },
): ChatCompletionMessageParam[] {
  return messages.map((message) => toWireMessage(message, takesImages));
}

export function hasImages(messages: readonly ChatMessage[]): boolean {
  return messages.some(
    ({ content }) => Array.isArray(content) && content.some(({ type }) => type === 'image'),
  );
}

export function toWireTool({ name, description, parameters }: ToolDescription): ChatCompletionFunctionTool {
  return { type: 'function', function: { name, description, parameters } };
}

function toWireMessage(message: ChatMessage, takesImages: boolean): ChatCompletionMessageParam {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.content };
    case 'user':
      return { role: 'user', content: toWireContent(message.content, takesImages) };
    case 'assistant':
      if (message.toolCalls === undefined || message.toolCalls.length === 0) {
        return { role: 'assistant', content: message.content };
      }
      return {
        role: 'assistant',
        content: message.content === '' ? null : message.content,
        tool_calls: message.toolCalls.map(toWireToolCall),
      };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.content };
  }
}

function toWireContent(content: string | readonly ContentPart[], takesImages: boolean) {
  if (typeof content === 'string') return content;
  if (takesImages) return content.map(toWirePart);
  return content.map((part) => (part.type === 'text' ? part.text : UNSEEN_IMAGE)).join('');
}

const UNSEEN_IMAGE = '(an image, which you cannot see: say so)';

function toWirePart(part: ContentPart) {
  return part.type === 'text'
    ? ({ type: 'text', text: part.text } as const)
    : ({ type: 'image_url', image_url: { url: part.url } } as const);
}

function toWireToolCall(call: ToolCall) {
  return {
    id: call.id,
    type: 'function' as const,
    function: { name: call.name, arguments: toWireArguments(call.arguments) },
  };
}

/**
 * Servers that render a prompt from a template parse the arguments of earlier calls and answer 400 or 500 to
 * what a model once wrote wrongly; so such arguments are sent as a valid object that quotes their beginning.
 */
function toWireArguments(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text;
  } catch {
    // Quoted below.
  }
  return text.trim() === '' ? '{}' : JSON.stringify({ malformed_arguments: text.slice(0, 500) });
}
