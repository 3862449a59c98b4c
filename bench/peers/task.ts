/**
 * The task that every contender does: one streamed model call that asks for three tools at once, the tools (each
 * waits 100 ms), a second streamed call that answers with 40 tokens.
 *
 * The model's pace makes the ideal time to the first text 530 ms: 200 ms until the first call starts to stream,
 * 30 ms until its tool calls are complete, 100 ms for the tools, 200 ms until the second call starts to stream.
 * The answer is then complete after another 390 ms.
 */
export const FIRST_TOKEN_MS = 200;
export const TOOL_CALL_PIECE_MS = 6;
export const TOOL_MS = 100;
export const TOKEN_MS = 10;
export const IDEAL_FIRST_TEXT_MS = 530;
export const IDEAL_TOTAL_MS = 920;

export const MODEL = 'bench';
export const SYSTEM_PROMPT =
  'You are a helpful assistant. Use the tools where they help, and answer briefly.';
export const QUESTION =
  'What is the weather in Lisbon, how far is it from here, and what is on there tonight?';

export interface TaskTool {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly call: { readonly id: string; readonly arguments: string };
  readonly result: string;
}

const city = {
  type: 'object',
  properties: { city: { type: 'string', description: 'Name of a city' } },
  required: ['city'],
  additionalProperties: false,
};

/** Each takes one argument, `city`. */
export const TOOLS: readonly TaskTool[] = [
  {
    name: 'weather',
    description: 'The weather of a city now.',
    parameters: city,
    call: { id: 'call_weather', arguments: '{"city":"Lisbon"}' },
    result: 'Sunny, 24 degrees, light wind from the west.',
  },
  {
    name: 'distance',
    description: 'How far away a city is.',
    parameters: city,
    call: { id: 'call_distance', arguments: '{"city":"Lisbon"}' },
    result: '2,313 km as the crow flies.',
  },
  {
    name: 'events',
    description: 'What is on in a city tonight.',
    parameters: city,
    call: { id: 'call_events', arguments: '{"city":"Lisbon"}' },
    result: 'A concert at the Coliseu at nine.',
  },
];

export const ANSWER_TOKENS: readonly string[] = Array.from({ length: 40 }, (_, index) =>
  index === 0 ? 'In' : ` word${String(index)}`,
);
export const ANSWER = ANSWER_TOKENS.join('');

/** What each tool does with its checked argument. */
export function callTool(tool: TaskTool): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(resolve, TOOL_MS, tool.result);
  });
}

/** The tools as Chat Completions takes them. */
export const WIRE_TOOLS = TOOLS.map(({ name, description, parameters }) => ({
  type: 'function' as const,
  function: { name, description, parameters },
}));

export interface Contender {
  /** Does the task once; resolves with the answer. `onFirstText` may be called again: only the first call counts. */
  run(onFirstText: () => void): Promise<string>;
  /** Resolves when what runs left to do in the background is done; its cost counts. */
  settle?(): Promise<void>;
  close?(): Promise<void>;
}

/** `origin`: `http://127.0.0.1:PORT`; the API stands under `/v1`. */
export type CreateContender = (origin: string) => Promise<Contender>;
