import { createHmac } from 'node:crypto';
import { APIError } from 'openai/core/error';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { toCompletionsEndpoint, type CompletionsEndpoint } from './completions-endpoint.ts';
import { openPlainConnections, type Connections } from './connections.ts';
import { HttpPost } from './http-post.ts';
import { toModelError } from './model-error.ts';
import { createOpenAiClient, OPENAI_URL, type OpenAiClientOptions } from './openai-client.ts';
import type { Model, ModelLog, ModelReply, ModelRequest } from './ports.ts';
import { createProviderProfile } from './provider-profile.ts';
import { ReplyReader } from './read-reply.ts';
import { StreamDeadline } from './stream-deadline.ts';
import { createTokenCounter } from './token-counter.ts';
import { hasImages, toWireMessages, toWireTools } from './wire-messages.ts';

export interface ChatCompletionsOptions extends Omit<OpenAiClientOptions, 'fetch'> {
  readonly model: string;
  /** From the request to the first content. */
  readonly firstTokenTimeoutMs: number;
  /** Between two pieces of content; keep-alive comments and empty chunks are none. */
  readonly streamIdleTimeoutMs: number;
  /** Keys the hash that stands for a user towards the provider. */
  readonly userHashKey: string;
  readonly log?: ModelLog;
  /** To the server at `origin`; plain ones by default. */
  readonly openConnections?: (origin: string) => Connections;
}

interface Target {
  readonly endpoint: CompletionsEndpoint;
  readonly connections: Connections;
}

const REFUSAL_NOTES = {
  stream_options: 'The model server does not take stream_options; tokens are estimated',
  images: 'The model sees no images; they are left out for it from now on',
} as const;

/** A model behind a Chat Completions API: OpenAI's and the many servers that speak the same. Does not retry. */
export function createChatCompletionsModel(options: ChatCompletionsOptions): Model {
  const { baseUrl = OPENAI_URL, openConnections = openPlainConnections } = options;
  let target: Promise<Target> | undefined;
  const profile = createProviderProfile(baseUrl);
  const tokenCounter = createTokenCounter(options.log === undefined ? {} : { log: options.log });

  const modelOf = (request: ModelRequest): string => request.model ?? options.model;

  const toBody = (request: ModelRequest): string => {
    const user = profile.takesVendorFields ? hashUser(options.userHashKey, request.userId) : undefined;
    const params: ChatCompletionCreateParamsStreaming = {
      model: modelOf(request),
      messages: toWireMessages(request.messages, { takesImages: profile.takesImages(modelOf(request)) }),
      stream: true,
      ...(profile.takesStreamOptions() ? { stream_options: { include_usage: true } } : {}),
      ...(user === undefined ? {} : { safety_identifier: user, prompt_cache_key: user }),
    };
    const json = JSON.stringify(params);
    return request.tools.length === 0 ? json : `${json.slice(0, -1)},"tools":${toWireTools(request.tools)}}`;
  };

  const openTarget = async (): Promise<Target> => {
    try {
      const client = await createOpenAiClient(options, options.firstTokenTimeoutMs);
      const endpoint = await toCompletionsEndpoint(client);
      return { endpoint, connections: openConnections(endpoint.origin) };
    } catch (error) {
      // The next call tries again.
      target = undefined;
      throw error;
    }
  };

  const askOnce = async (
    request: ModelRequest,
    onText: (delta: string) => void,
    signal: AbortSignal,
  ): Promise<ModelReply> => {
    const { endpoint, connections } = await (target ??= openTarget());
    signal.throwIfAborted();
    const deadline = new StreamDeadline({
      firstTokenTimeoutMs: options.firstTokenTimeoutMs,
      idleTimeoutMs: options.streamIdleTimeoutMs,
      onExpire: (error) => {
        post.abort(error);
      },
    });
    const toolNames = request.tools.map(({ name }) => name);
    const reader = new ReplyReader({ onText, deadline, toolNames });
    const post = new HttpPost(connections, { ...endpoint, body: toBody(request) }, reader);
    const onAbort = (): void => {
      post.abort(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    let broken: Error | undefined;
    try {
      await post.done;
    } catch (error) {
      broken = error as Error;
    } finally {
      deadline.clear();
      signal.removeEventListener('abort', onAbort);
    }
    return reader.end(modelOf(request), broken);
  };

  /** Once more where the server took offence at something that it can do without. */
  const ask: typeof askOnce = async (request, onText, signal) => {
    try {
      return await askOnce(request, onText, signal);
    } catch (error) {
      if (!(error instanceof APIError)) throw error;
      const refused = profile.learnFromRefusal({
        status: error.status as unknown,
        message: error.message,
        model: modelOf(request),
        hasImages: hasImages(request.messages),
      });
      if (refused === undefined) throw error;
      options.log?.warn({ baseUrl, model: modelOf(request), refused }, REFUSAL_NOTES[refused]);
      return ask(request, onText, signal);
    }
  };

  const complete: typeof askOnce = async (request, onText, signal) => {
    signal.throwIfAborted();
    try {
      const reply = await ask(request, onText, signal);
      tokenCounter.learn(request, reply.usage);
      return reply;
    } catch (error) {
      signal.throwIfAborted();
      throw toModelError(error);
    }
  };

  return {
    complete,
    countTokens: (text) => tokenCounter.estimate(text),
    countExactly: (texts, signal) => tokenCounter.countExactly(texts, signal),
  };
}

function hashUser(key: string, userId: string): string {
  return createHmac('sha256', key).update(userId).digest('hex');
}
