import type { ClientOptions, OpenAI } from 'openai';

export interface OpenAiClientOptions {
  /** Absent where the server asks for none. */
  readonly apiKey?: string | undefined;
  /** With the version, as `http://127.0.0.1:11434/v1`; OpenAI's own by default. */
  readonly baseUrl?: string | undefined;
  /** Makes the request in place of the global `fetch`. */
  readonly fetch?: ClientOptions['fetch'];
}

export const OPENAI_URL = 'https://api.openai.com/v1';

/**
 * The SDK without retries of its own, and without anything from the environment. `timeoutMs`: for the headers. Loads
 * it, which takes 8 MB and some 0.1 s: for its errors alone, import `openai/core/error`.
 */
export async function createOpenAiClient(options: OpenAiClientOptions, timeoutMs: number): Promise<OpenAI> {
  const sdk = await import('openai');
  return new sdk.OpenAI({
    baseURL: options.baseUrl ?? OPENAI_URL,
    // The SDK insists on a key; without one of ours none is sent.
    apiKey: options.apiKey ?? 'none',
    ...(options.apiKey === undefined ? { defaultHeaders: { Authorization: null } } : {}),
    // Said here so that nothing is read from the environment.
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    logLevel: 'off',
    maxRetries: 0,
    timeout: timeoutMs,
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  });
}

/** Where and how the requests of a client go: the same for all of them, but for the body. */
export interface CompletionsEndpoint {
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Has the SDK make a request once, for its address, auth and headers. */
export async function toCompletionsEndpoint(client: OpenAI): Promise<CompletionsEndpoint> {
  const { url, req } = await client.buildRequest({
    method: 'post',
    path: '/chat/completions',
    body: { stream: true },
    stream: true,
  });
  const { origin, pathname, search } = new URL(url);
  const headers: Record<string, string> = {};
  for (const [name, value] of req.headers) {
    // What the SDK tells of the machine is nobody's business.
    if (!name.startsWith('x-stainless-')) headers[name] = value;
  }
  // Packing would hold tokens back until a block is full.
  return { origin, path: pathname + search, headers: { ...headers, 'accept-encoding': 'identity' } };
}
