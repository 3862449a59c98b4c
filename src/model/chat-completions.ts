import { createHmac } from 'node:crypto';
import { APIError } from 'openai/core/error';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import { openPlainConnections, type Connections } from './connections.ts';
import { HttpPost } from './http-post.ts';
import { toModelError } from './model-error.ts';
import {
  createOpenAiClient,
  OPENAI_URL,
  toCompletionsEndpoint,
  type CompletionsEndpoint,
  type OpenAiClientOptions,
} from './openai-client.ts';
import type { Model, ModelLog, ModelReply, ModelRequest } from './ports.ts';
import { createProviderProfile, type ProviderProfile } from './provider-profile.ts';
import { ReplyReader } from './read-reply.ts';
import { StreamDeadline } from './stream-deadline.ts';
import { createTokenCounter, type TokenCounter } from './token-counter.ts';
import { hasImages, toWireMessages, toWireTool } from './wire-messages.ts';

export interface ChatCompletionsOptions extends Omit<OpenAiClientOptions, 'fetch'> {
  readonly model: string;
  /** From the request to the first content. */
  readonly firstTokenTimeoutMs: number;
  /** Between two pieces of content; keep-alive comments and empty chunks are none. */
  readonly streamIdleTimeoutMs: number;
  /** Keys the hash that stands for a user towards the provider. */
  readonly userHashKey: string;
  readonly log?: ModelLog | undefined;
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

/**
 * A model behind a Chat Completions API: OpenAI's and the many servers that speak the same. Does not retry. One call is
 * read top down: `complete`, `#ask`, `#askOnce`; the request is an HttpPost, whose response a ReplyReader takes in.
 */
export class ChatCompletionsModel implements Model {
  readonly #options: ChatCompletionsOptions;
  readonly #profile: ProviderProfile;
  readonly #tokenCounter: TokenCounter;
  #target: Promise<Target> | undefined;

  constructor(options: ChatCompletionsOptions) {
    this.#options = options;
    this.#profile = createProviderProfile(options.baseUrl ?? OPENAI_URL);
    this.#tokenCounter = createTokenCounter({ log: options.log });
  }

  async complete(request: ModelRequest, onText: OnText, signal: AbortSignal): Promise<ModelReply> {
    signal.throwIfAborted();
    try {
      const reply = await this.#ask(request, onText, signal);
      this.#tokenCounter.learn(request, reply.usage);
      return reply;
    } catch (error) {
      signal.throwIfAborted();
      throw toModelError(error);
    }
  }

  countTokens(text: string): number {
    return this.#tokenCounter.estimate(text);
  }

  countExactly(texts: readonly string[], signal: AbortSignal): Promise<readonly number[]> {
    return this.#tokenCounter.countExactly(texts, signal);
  }

  /** Once more where the server took offence at something that it can do without. */
  async #ask(request: ModelRequest, onText: OnText, signal: AbortSignal): Promise<ModelReply> {
    try {
      return await this.#askOnce(request, onText, signal);
    } catch (error) {
      if (!(error instanceof APIError)) throw error;
      const { baseUrl = OPENAI_URL, log } = this.#options;
      const model = this.#modelOf(request);
      const refused = this.#profile.learnFromRefusal({
        status: error.status as unknown,
        message: error.message,
        model,
        hasImages: hasImages(request.messages),
      });
      if (refused === undefined) throw error;
      log?.warn({ baseUrl, model, refused }, REFUSAL_NOTES[refused]);
      return this.#ask(request, onText, signal);
    }
  }

  async #askOnce(request: ModelRequest, onText: OnText, signal: AbortSignal): Promise<ModelReply> {
    const { endpoint, connections } = await (this.#target ??= this.#openTarget());
    signal.throwIfAborted();
    const deadline = new StreamDeadline({
      firstTokenTimeoutMs: this.#options.firstTokenTimeoutMs,
      idleTimeoutMs: this.#options.streamIdleTimeoutMs,
      onExpire: (error) => {
        post.abort(error);
      },
    });
    const toolNames = request.tools.map(({ name }) => name);
    const reader = new ReplyReader({ onText, deadline, toolNames });
    const post = new HttpPost(connections, { ...endpoint, body: this.#toBody(request) }, reader);
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
    return reader.end(this.#modelOf(request), broken);
  }

  async #openTarget(): Promise<Target> {
    const { firstTokenTimeoutMs, openConnections = openPlainConnections } = this.#options;
    try {
      const client = await createOpenAiClient(this.#options, firstTokenTimeoutMs);
      const endpoint = await toCompletionsEndpoint(client);
      return { endpoint, connections: openConnections(endpoint.origin) };
    } catch (error) {
      // The next call tries again.
      this.#target = undefined;
      throw error;
    }
  }

  #toBody(request: ModelRequest): string {
    const model = this.#modelOf(request);
    const takesImages = this.#profile.takesImages(model);
    const user = this.#profile.takesVendorFields
      ? hashUser(this.#options.userHashKey, request.userId)
      : undefined;
    const params: ChatCompletionCreateParamsStreaming = {
      model,
      messages: toWireMessages(request.messages, { takesImages }),
      stream: true,
      ...(this.#profile.takesStreamOptions() ? { stream_options: { include_usage: true } } : {}),
      ...(user === undefined ? {} : { safety_identifier: user, prompt_cache_key: user }),
      ...(request.tools.length === 0 ? {} : { tools: request.tools.map(toWireTool) }),
    };
    return JSON.stringify(params);
  }

  #modelOf(request: ModelRequest): string {
    return request.model ?? this.#options.model;
  }
}

type OnText = (delta: string) => void;

function hashUser(key: string, userId: string): string {
  return createHmac('sha256', key).update(userId).digest('hex');
}
