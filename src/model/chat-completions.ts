import { createHmac } from 'node:crypto';
import { APIError } from 'openai';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { toModelError } from './model-error.ts';
import { createOpenAiClient, OPENAI_URL, type OpenAiClientOptions } from './openai-client.ts';
import type { Model, ModelLog, ModelReply, ModelRequest } from './ports.ts';
import { createProviderProfile } from './provider-profile.ts';
import { readReply } from './read-reply.ts';
import { StreamDeadline } from './stream-deadline.ts';
import { createTokenCounter } from './token-counter.ts';
import { hasImages, toWireMessages, toWireTool } from './wire-messages.ts';

export interface ChatCompletionsOptions extends OpenAiClientOptions {
  readonly model: string;
  /** From the request to the first content. */
  readonly firstTokenTimeoutMs: number;
  /** Between two pieces of content; keep-alive comments and empty chunks are none. */
  readonly streamIdleTimeoutMs: number;
  /** Keys the hash that stands for a user towards the provider. */
  readonly userHashKey: string;
  readonly log?: ModelLog;
}

const REFUSAL_NOTES = {
  stream_options: 'The model server does not take stream_options; tokens are estimated',
  images: 'The model sees no images; they are left out for it from now on',
} as const;

/** A model behind a Chat Completions API: OpenAI's and the many servers that speak the same. Does not retry. */
export function createChatCompletionsModel(options: ChatCompletionsOptions): Model {
  const baseUrl = options.baseUrl ?? OPENAI_URL;
  // The deadline for the first token is nearer; this is the SDK's own, for the headers alone.
  const client = createOpenAiClient(options, options.firstTokenTimeoutMs + 1_000);
  const profile = createProviderProfile(baseUrl);
  const tokenCounter = createTokenCounter(options.log === undefined ? {} : { log: options.log });

  const modelOf = (request: ModelRequest): string => request.model ?? options.model;

  const toParams = (request: ModelRequest): ChatCompletionCreateParamsStreaming => {
    const user = profile.takesVendorFields ? hashUser(options.userHashKey, request.userId) : undefined;
    return {
      model: modelOf(request),
      messages: toWireMessages(request.messages, { takesImages: profile.takesImages(modelOf(request)) }),
      stream: true,
      ...(request.tools.length > 0 ? { tools: request.tools.map(toWireTool) } : {}),
      ...(profile.takesStreamOptions() ? { stream_options: { include_usage: true } } : {}),
      ...(user === undefined ? {} : { safety_identifier: user, prompt_cache_key: user }),
    };
  };

  const send = async (request: ModelRequest, signal: AbortSignal): Promise<Response> => {
    try {
      return await client.chat.completions.create(toParams(request), { signal }).asResponse();
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
      return send(request, signal);
    }
  };

  const complete = async (
    request: ModelRequest,
    onText: (delta: string) => void,
    signal: AbortSignal,
  ): Promise<ModelReply> => {
    signal.throwIfAborted();
    const connection = new AbortController();
    const onAbort = (): void => {
      connection.abort(signal.reason);
    };
    const deadline = new StreamDeadline({
      firstTokenTimeoutMs: options.firstTokenTimeoutMs,
      idleTimeoutMs: options.streamIdleTimeoutMs,
      onExpire: (error) => {
        connection.abort(error);
      },
    });
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const response = await send(request, connection.signal);
      const model = request.model ?? options.model;
      const reply = await readReply(response, { model, onText, deadline, signal: connection.signal });
      tokenCounter.learn(request, reply.usage);
      return reply;
    } catch (error) {
      signal.throwIfAborted();
      throw toModelError(connection.signal.aborted ? connection.signal.reason : error);
    } finally {
      deadline.clear();
      signal.removeEventListener('abort', onAbort);
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
