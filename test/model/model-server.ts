import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ModelServer {
  readonly baseUrl: string;
  readonly bodies: Record<string, unknown>[];
  readonly headers: IncomingMessage['headers'][];
  /** Connections that were closed before their answer had ended. */
  readonly aborted: () => number;
  readonly connections: () => number;
  answer(handler: (response: ServerResponse, body: Record<string, unknown>) => void | Promise<void>): void;
  stop(): Promise<void>;
}

/** A model server on loopback whose bytes a test writes itself. */
export async function startModelServer(): Promise<ModelServer> {
  const bodies: Record<string, unknown>[] = [];
  const headers: IncomingMessage['headers'][] = [];
  let aborted = 0;
  let connections = 0;
  let handler: Parameters<ModelServer['answer']>[0] = (response) => {
    response.writeHead(500).end();
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    bodies.push(body);
    headers.push(request.headers);
    response.on('close', () => {
      if (!response.writableFinished) aborted += 1;
    });
    await handler(response, body);
  };
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      response.destroy(error as Error);
    });
  });
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    bodies,
    headers,
    aborted: () => aborted,
    connections: () => connections,
    answer(next) {
      handler = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One event of the stream. */
export function event(value: unknown): string {
  return `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`;
}

export function delta(fields: Record<string, unknown>, finishReason: string | null = null): string {
  return event({
    id: 'x',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'served-model',
    choices: [{ index: 0, delta: fields, finish_reason: finishReason }],
  });
}

/** A whole answer: the given events, the end, usage, `[DONE]`. */
export function sendStream(response: ServerResponse, events: readonly string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const each of events) response.write(each);
  response.end();
}

export const usage = event({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 7 } });
export const done = event('[DONE]');
