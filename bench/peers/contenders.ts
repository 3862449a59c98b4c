/** Who takes part. A floor is what the sockets cost with hardly a runtime above them. */
export interface ContenderInfo {
  /** Of the file in `contenders/`, and for `--only`. */
  readonly name: string;
  readonly label: string;
  readonly kind: 'floor' | 'ours' | 'peer';
  /** The npm package whose version is shown. */
  readonly package?: string;
}

export const FLOOR = 'node-http';
export const STEADY_FLOOR = 'undici-dispatch';
export const OURS = 'switchboard';

export const CONTENDERS: readonly ContenderInfo[] = [
  { name: 'raw-tcp', label: 'raw TCP by hand', kind: 'floor' },
  { name: FLOOR, label: 'node:http by hand', kind: 'floor' },
  { name: STEADY_FLOOR, label: 'undici dispatch by hand', kind: 'floor', package: 'undici' },
  { name: 'undici-request', label: 'undici request by hand', kind: 'floor', package: 'undici' },
  { name: 'fetch', label: 'fetch by hand', kind: 'floor' },
  { name: OURS, label: 'Switchboard', kind: 'ours' },
  { name: 'openai-sdk', label: 'openai SDK, loop by hand', kind: 'floor', package: 'openai' },
  { name: 'openai-run-tools', label: 'openai runTools', kind: 'peer', package: 'openai' },
  { name: 'pi-agent-core', label: 'pi-agent-core', kind: 'peer', package: '@earendil-works/pi-agent-core' },
  { name: 'openai-agents', label: 'OpenAI Agents SDK', kind: 'peer', package: '@openai/agents' },
  { name: 'ai-sdk', label: 'Vercel AI SDK', kind: 'peer', package: 'ai' },
  { name: 'langgraph', label: 'LangGraph (ReAct agent)', kind: 'peer', package: '@langchain/langgraph' },
  { name: 'mastra', label: 'Mastra', kind: 'peer', package: '@mastra/core' },
];
