import type { ScriptedReply, ScriptedRequest } from './types.ts';

const NO_MODEL =
  '-# No model is connected: a script answers. Set `OPENAI_API_KEY` or `OPENAI_BASE_URL` to connect one.';
const PACE = { firstTokenMs: 300, tokenMs: 30, chunkCharacters: 6 } as const;
const SLOW_TOKEN_MS = 200;

/** What a question makes the script call: `arguments` gives undefined where the question does not ask for it. */
interface ToolRule {
  readonly name: string;
  readonly toArguments: (question: string) => Readonly<Record<string, unknown>> | undefined;
}

const TOOL_RULES: readonly ToolRule[] = [
  {
    name: 'current_time',
    toArguments: (question) => (/\b(time|clock|date|day)\b/i.test(question) ? {} : undefined),
  },
  {
    name: 'calculate',
    toArguments: (question) => {
      const expression = /\b(?:calculate|compute|how much is)\s+([-+*/^%().\d\s]*[\d)])/i.exec(question)?.[1];
      return expression === undefined ? undefined : { expression: expression.trim() };
    },
  },
  {
    name: 'roll_dice',
    toArguments: (question) => {
      const dice = /\b\d*d\d+(?:\s*[-+]\s*\d+)?/i.exec(question)?.[0];
      if (dice !== undefined) return { dice };
      return /\broll\b/i.test(question) ? { dice: '1d6' } : undefined;
    },
  },
  {
    name: 'remember',
    toArguments: (question) => {
      const text = /\bremember(?:\s+that)?[:\s]+(.{3,})/is.exec(question)?.[1];
      return text === undefined ? undefined : { text: text.trim() };
    },
  },
  {
    name: 'recall',
    toArguments: (question) => (/\bwhat do you (know|remember)\b/i.test(question) ? {} : undefined),
  },
  {
    name: 'create_file',
    toArguments: (question) =>
      /\b(?:make|create|write|send)\b.*\b(?:file|csv)\b/i.test(question)
        ? { name: 'squares.csv', content: 'number,square\n1,1\n2,4\n3,9\n4,16\n' }
        : undefined,
  },
  {
    name: 'read_channel',
    toArguments: (question) =>
      /\bsummari[sz]e\b|\bwhat was said\b|\bwhat did .* say\b/i.test(question) ? { limit: 20 } : undefined,
  },
];

/** The model of the sandbox where no real one is connected: says so in each answer, and shows what the bot can do. */
export function createSandboxScript(): (request: ScriptedRequest) => ScriptedReply {
  return (request) => {
    const question = lastQuestion(request);
    if (isAskedForTitle(request)) return { text: toTitle(question) };
    const results = toolResults(request);
    if (results.length > 0) return say(answerFromResults(results));
    if (/\bfail\b/i.test(question)) return { status: 500, firstTokenMs: PACE.firstTokenMs };
    if (/\bslow(ly)?\b/i.test(question)) return { ...say(SLOW_ANSWER), tokenMs: SLOW_TOKEN_MS };
    if (/\blong\b/i.test(question)) return { ...say(LONG_ANSWER), tokenMs: 15, chunkCharacters: 20 };
    const toolCalls = wantedTools(request, question);
    if (toolCalls.length > 0) return { ...PACE, toolCalls };
    const files = fileNotes(request);
    return say(files.length > 0 ? describeFiles(files) : greeting(question));
  };
}

function say(text: string): ScriptedReply {
  return { ...PACE, text: `${text}\n${NO_MODEL}` };
}

/** Threads are named by the model. */
function isAskedForTitle({ messages }: ScriptedRequest): boolean {
  const [first] = messages;
  return first?.role === 'system' && toText(first.content).startsWith('Write a title');
}

function toTitle(question: string): string {
  return question
    .split(/\s+/)
    .slice(0, 4)
    .join(' ')
    .replace(/^./u, (first) => first.toUpperCase());
}

/** What the latest message by a person asks, without the message that it quotes and without the person's name. */
export function lastQuestion(request: ScriptedRequest): string {
  const content = request.messages.findLast((message) => message.role === 'user')?.content;
  return toText(content)
    .replace(/^\(Marks of this message: \w+\)\s*/, '')
    .replace(/^.*<\/(?:quoted_message|remembered_facts)-\w+>/s, '')
    .replaceAll(/<attached_file-\w+ .*?<\/attached_file-\w+>/gs, '')
    .replace(/^\s*\[[^\]\n]*\]: /, '')
    .trim();
}

/** What the latest message by a person brings: each file with its kind, or why it was not read. */
function fileNotes(request: ScriptedRequest): readonly string[] {
  const content = request.messages.findLast((message) => message.role === 'user')?.content;
  const marks =
    /<attached_file-\w+ name="([^"]*)" kind="([^"]*)">|\(attached file: ([^;)]*); it was not read: it ([^)]*)\)/g;
  return [...toText(content).matchAll(marks)].map(([, name, kind, unread, reason]) => {
    return name === undefined ? `**${unread ?? ''}** ${reason ?? ''}` : `**${name}**: ${kind ?? ''}`;
  });
}

function describeFiles(notes: readonly string[]): string {
  return [
    'A script cannot look at files, but a model would get these:',
    ...notes.map((note) => `- ${note}`),
  ].join('\n');
}

function toText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: { readonly text?: unknown }) => (typeof part.text === 'string' ? part.text : ''))
    .join('\n');
}

interface NamedResult {
  readonly name: string;
  readonly content: string;
}

/** The results that stand after the latest question, each with the name of its tool. */
function toolResults(request: ScriptedRequest): readonly NamedResult[] {
  const { messages } = request;
  const latest = messages.slice(messages.findLastIndex((message) => message.role === 'user') + 1);
  const names = new Map(
    latest.flatMap((message) => message.tool_calls ?? []).map((call) => [call.id, call.function.name]),
  );
  return latest
    .filter((message) => message.role === 'tool')
    .map((message) => ({
      name: names.get(message.tool_call_id ?? '') ?? 'tool',
      content: typeof message.content === 'string' ? message.content : JSON.stringify(message.content),
    }));
}

function wantedTools(request: ScriptedRequest, question: string): NonNullable<ScriptedReply['toolCalls']> {
  const offered = new Set(request.tools?.map((tool) => tool.function.name));
  return TOOL_RULES.flatMap(({ name, toArguments }) => {
    const toolArguments = offered.has(name) ? toArguments(question) : undefined;
    return toolArguments === undefined ? [] : [{ name, arguments: toolArguments }];
  });
}

function answerFromResults(results: readonly NamedResult[]): string {
  const heading =
    results.length === 1 ? 'I used a tool:' : `I used ${results.length} tools at the same time:`;
  return [heading, ...results.map((result) => toResultLine(result))].join('\n');
}

function toResultLine({ name, content }: NamedResult): string {
  const text = name === 'read_channel' ? describeMessages(content) : content.trim();
  return text.includes('\n') ? `- **${name}**\n${toQuote(text)}` : `- **${name}** → ${text}`;
}

/** A script cannot sum up what was said, but it can say by whom. */
function describeMessages(content: string): string {
  const authors = [...content.matchAll(/^\d{4}-\S+Z (.+):$/gm)].map((match) => match[1] ?? '');
  return `${authors.length} messages, by ${[...new Set(authors)].join(', ')}`;
}

function toQuote(text: string): string {
  return text.replaceAll(/^/gm, '> ');
}

function greeting(question: string): string {
  return [
    'Hello! I heard you say:',
    toQuote(question.trim().slice(0, 300)),
    'Here is what you can try with me:',
    '- `what time is it? roll 2d6 and calculate 6*7` – three tools at once',
    '- `remember that I like green tea`, then `what do you know about me?`',
    '- `summarize what was said` – reads this channel',
    '- `make a csv file`, or attach some files of yours',
    '- `a long answer`, `a slow answer` (stop it with `/stop`), `fail`',
  ].join('\n');
}

const SLOW_ANSWER = [
  'I take my time over this one, so that you can see an answer grow.',
  'While I write, the bot goes on answering everybody else: each message has a run of its own.',
  'Ask something else as another person, and that answer overtakes this one.',
  'When you have seen enough, send `/stop`.',
].join('\n\n');

const LONG_ANSWER = [
  '# A long answer',
  'Discord takes 2,000 characters in one message. A longer answer goes on in the next one, and a code block that has to be cut is **closed and opened again**, so that each message stands on its own.',
  ...['Keeping order', 'Keeping limits', 'Keeping pace', 'Keeping quiet'].flatMap((title, index) => [
    `## ${index + 1}. ${title}`,
    'Each conversation has *one* writer, each person a few runs at once, and all of them together a limit that the machine can carry. What is over the limit waits, or is told so:',
    '- first the conversation,\n- then the person,\n- then a free slot.',
    `\`\`\`js\n${toProgram(index + 1)}\n\`\`\``,
    '> Whoever waits holds nothing that others need.',
  ]),
  'That was the whole of it.',
].join('\n\n');

function toProgram(number: number): string {
  return [
    `// Example ${number}: work in turns, never more than \`limit\` at once.`,
    `export async function inTurns${number}(tasks, limit) {`,
    '  const results = new Array(tasks.length);',
    '  let next = 0;',
    '  const worker = async () => {',
    '    while (next < tasks.length) {',
    '      const index = next++;',
    '      results[index] = await tasks[index]();',
    '    }',
    '  };',
    '  await Promise.all(Array.from({ length: limit }, worker));',
    '  return results;',
    '}',
  ].join('\n');
}
