import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { closeServer, listenOnLoopback } from '../loopback.ts';
import { createActivity } from './activity.ts';
import type { CompletionObserver } from './activity.ts';
import { finishReasonOf, toReplyFrames, toWireToolCalls, toWireUsage } from './frames.ts';
import { createSandboxScript } from './scripts.ts';
import { streamReply, whileOpen } from './stream.ts';
import type { ModelScript, ScriptedModelServer, ScriptedReply, ScriptedRequest } from './types.ts';

const CHARACTERS_PER_TOKEN = 4;
const MODEL_NAME = 'scripted';

export interface ModelServerOptions {
  /** 0 (default) picks one. */
  readonly port?: number;
  readonly script?: ModelScript;
  /** What the transcription endpoint hears in every recording. */
  readonly transcript?: string;
  readonly onCompletion?: CompletionObserver;
}

/** A server on loopback that speaks Chat Completions and answers by script. */
export async function startModelServer(options: ModelServerOptions = {}): Promise<ScriptedModelServer> {
  let script = options.script ?? createSandboxScript();
  const activity = createActivity(options.onCompletion);
  let streamCount = 0;

  const complete = async (request: ScriptedRequest, response: ServerResponse): Promise<void> => {
    activity.begin(request, response);
    const reply = await script(request);
    if (response.destroyed) return;
    streamCount += 1;
    const id = `chatcmpl-${streamCount}`;
    if (reply.status !== undefined && reply.status >= 400) sendError(response, reply, reply.status);
    else if (request.stream === true) {
      const frames = toReplyFrames(reply, request.model, estimateTokens(request));
      streamReply(response, { id, reply, frames, includeUsage: wantsUsage(request) });
    } else sendWhole(response, id, request, reply);
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?')[0];
    const body = await readBody(request);
    if (request.method === 'POST' && path === '/v1/chat/completions') {
      await complete(JSON.parse(body.toString()) as ScriptedRequest, response);
    } else if (request.method === 'POST' && path === '/v1/audio/transcriptions') {
      sendJson(response, 200, { text: options.transcript ?? 'This is what the recording says.' });
    } else if (request.method === 'GET' && path === '/v1/models') {
      const model = { id: MODEL_NAME, object: 'model', created: 0, owned_by: 'sandbox' };
      sendJson(response, 200, { object: 'list', data: [model] });
    } else sendJson(response, 404, toErrorBody('There is no such endpoint here.'));
  };

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      // A script that throws, or a body that is no JSON: the caller is told, the server goes on.
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, toErrorBody(String(error)));
    });
  });
  server.keepAliveTimeout = 60_000;
  const port = await listenOnLoopback(server, options.port ?? 0);

  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests: activity.requests,
    get active() {
      return activity.active;
    },
    get peakActive() {
      return activity.peakActive;
    },
    setScript(next) {
      script = next;
    },
    stop: () => closeServer(server),
  };
}

function sendWhole(
  response: ServerResponse,
  id: string,
  request: ScriptedRequest,
  reply: ScriptedReply,
): void {
  const toolCalls = toWireToolCalls(reply);
  const message = {
    role: 'assistant',
    content: reply.text ?? null,
    refusal: reply.refusal ?? null,
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
  };
  const text = reply.text ?? '';
  whileOpen(response, reply.firstTokenMs, () => {
    sendJson(response, 200, {
      id,
      object: 'chat.completion',
      created: Math.floor(Date.now() / 1000),
      model: request.model,
      choices: [{ index: 0, message, logprobs: null, finish_reason: finishReasonOf(reply) }],
      usage: toWireUsage(reply, estimateTokens(request), Math.ceil(text.length / CHARACTERS_PER_TOKEN)),
    });
  });
}

function sendError(response: ServerResponse, reply: ScriptedReply, status: number): void {
  whileOpen(response, reply.firstTokenMs, () => {
    const body = reply.errorBody ?? toErrorBody('The script says that this request fails.');
    sendJson(response, status, body, reply.headers);
  });
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function toErrorBody(message: string): object {
  return { error: { message, type: 'scripted_error', param: null, code: null } };
}

/** By events: an async iterator for each request is what a server of thousands of streams would notice. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', () => {
      resolve(Buffer.concat(parts));
    });
    request.once('error', reject);
  });
}

function wantsUsage(request: ScriptedRequest): boolean {
  const options = request['stream_options'] as { include_usage?: boolean } | undefined;
  return options?.include_usage === true;
}

function estimateTokens(request: ScriptedRequest): number {
  let characters = 0;
  for (const message of request.messages) {
    characters += typeof message.content === 'string' ? message.content.length : 0;
  }
  return Math.ceil(characters / CHARACTERS_PER_TOKEN);
}
