import type { OpenAI } from 'openai';

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
