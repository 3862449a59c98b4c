import { Buffer } from 'node:buffer';
import { DefaultRestOptions, REST, RequestMethod } from 'discord.js';
import type { RESTOptions } from 'discord.js';
import { SwitchboardError, TimeoutError } from '../../errors.ts';
import { BufferedAnswer, parseRateLimitPause } from './buffered-answer.ts';
import { DiscordRequestError, isFinalRefusal } from './discord-request-error.ts';
import type { HttpMethod, SendResult, Sender, WireRequest } from './outgoing-request.ts';
import { toRoute } from './route.ts';

export interface DiscordRestOptions {
  readonly token: string;
  /** Without the version: `https://discord.com/api`. */
  readonly apiUrl: string;
  /** Until the whole answer is there, ms (15,000). */
  readonly timeoutMs?: number;
  /** For metrics; must not throw. */
  readonly onResponse?: (response: RestResponse) => void;
}

export interface RestResponse {
  readonly method: string;
  /** Ids replaced: `/channels/:id/messages`. */
  readonly route: string;
  /** 0: no answer. */
  readonly status: number;
  readonly durationMs: number;
}

export interface DiscordRest extends Sender {
  /**
   * Options for discord.js's own client, whose few requests (login, gateway address) do not pass the budget:
   * same server, same metrics. `countForeign` lets the budget know of them.
   */
  clientOptions(countForeign: (route: string) => () => void): Partial<RESTOptions>;
}

type MakeRequest = (...request: Parameters<RESTOptions['makeRequest']>) => Promise<BufferedAnswer>;

const METHODS = {
  GET: RequestMethod.Get,
  POST: RequestMethod.Post,
  PUT: RequestMethod.Put,
  PATCH: RequestMethod.Patch,
  DELETE: RequestMethod.Delete,
} as const satisfies Record<HttpMethod, RequestMethod>;

const DEFAULT_TIMEOUT_MS = 15_000;
/** More than any bot sends: discord.js's own limiter, whose window is not the server's, never acts. */
const NO_LIMIT = 1_000_000_000;
const HANDLER_SWEEP_MS = 60_000;

/**
 * discord.js's REST client as a plain sender: one attempt, no waiting. Its own queueing is fed nothing to act on:
 * it sees an answer only when it was a success, and never a rate-limit header.
 */
export function createDiscordRest(options: DiscordRestOptions): DiscordRest {
  const makeRequest = observed(options);
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const rest = new REST({
    api: options.apiUrl,
    timeout: timeoutMs,
    retries: 0,
    globalRequestsPerSecond: NO_LIMIT,
    hashSweepInterval: 0,
    // A handler for each interaction answered, by default for an hour.
    handlerSweepInterval: HANDLER_SWEEP_MS,
    rejectOnRateLimit: () => true,
    makeRequest: async (url, init) => {
      const answer = await makeRequest(url, init);
      if (!answer.ok) throw new UnsuccessfulAnswer(answer);
      return answer.hideRateLimits();
    },
  }).setToken(options.token);

  return {
    send: (request) => sendOnce(rest, request, timeoutMs),
    clientOptions: (countForeign) => ({
      api: options.apiUrl,
      timeout: timeoutMs,
      makeRequest: async (url, init) => {
        const route = toRoute(init.method ?? 'GET', toPath(url));
        const done = route.isExempt ? undefined : countForeign(route.template);
        try {
          return await makeRequest(url, init);
        } finally {
          done?.();
        }
      },
    }),
  };
}

/** Makes the request, reads the answer to its end within the same deadline, and tells the metrics. */
function observed(options: DiscordRestOptions): MakeRequest {
  return async (url, init) => {
    const method = init.method ?? 'GET';
    const startedAt = performance.now();
    let status = 0;
    try {
      const answer = await DefaultRestOptions.makeRequest(url, await withPlainBody(init));
      const bytes = Buffer.from(await answer.arrayBuffer());
      status = answer.status;
      return new BufferedAnswer({ headers: answer.headers, status, statusText: answer.statusText, bytes });
    } finally {
      options.onResponse?.({
        method,
        route: toRoute(method, toPath(url)).template,
        status,
        durationMs: performance.now() - startedAt,
      });
    }
  };
}

/** The part of FormData that all its implementations share. */
interface FormEntries {
  entries(): Iterable<readonly [string, string | Blob]>;
}

function isForm(body: unknown): body is FormEntries {
  return typeof body === 'object' && body !== null && body.constructor.name === 'FormData';
}

/**
 * Encodes a form. HTTP clients take only forms of their own make, and which client sends is decided by whoever was
 * loaded last in the process: bytes are understood by all.
 */
async function withPlainBody(init: Parameters<MakeRequest>[1]): Promise<Parameters<MakeRequest>[1]> {
  if (!isForm(init.body)) return init;
  const foreign: FormEntries = init.body;
  const form = new FormData();
  for (const [name, value] of foreign.entries()) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, 'name' in value ? String(value.name) : name);
  }
  const encoded = new Response(form);
  const contentType = encoded.headers.get('content-type') ?? 'multipart/form-data';
  return {
    ...init,
    body: Buffer.from(await encoded.arrayBuffer()),
    headers: { ...(init.headers as object), 'Content-Type': contentType },
  };
}

async function sendOnce(rest: REST, request: WireRequest, timeoutMs: number): Promise<SendResult> {
  try {
    const answer = await rest.queueRequest({
      fullRoute: request.path as `/${string}`,
      method: METHODS[request.method],
      // The token of an interaction is in its path.
      auth: !toRoute(request.method, request.path).isExempt,
      ...(request.query ? { query: new URLSearchParams(request.query) } : {}),
      ...(request.body?.json === undefined ? {} : { body: request.body.json }),
      ...(request.body?.files ? { files: [...request.body.files] } : {}),
    });
    if (!(answer instanceof BufferedAnswer)) {
      throw new SwitchboardError(
        'foreign-answer',
        'The REST client gave back an answer that was not made here',
      );
    }
    return { kind: 'ok', data: answer.data, limits: answer.limits };
  } catch (error) {
    if (error instanceof UnsuccessfulAnswer) return toUnsuccessfulResult(error.answer, request);
    return toFailure(error, timeoutMs);
  }
}

function toUnsuccessfulResult(answer: BufferedAnswer, request: WireRequest): SendResult {
  const { status, limits, data } = answer;
  if (status === 429) return { kind: 'rate-limited', pause: parseRateLimitPause(answer), limits };
  if (status >= 400 && status < 500 && isFinalRefusal(status, data)) {
    return { kind: 'refused', error: new DiscordRequestError(request, status, data), limits };
  }
  const error = new SwitchboardError('discord-unavailable', `Discord answered with status ${status}`, {
    context: { status, method: request.method },
  });
  return { kind: 'failed', error, mayHaveArrived: true, status };
}

function toFailure(error: unknown, timeoutMs: number): SendResult {
  if (!(error instanceof Error))
    return { kind: 'failed', error: new Error(String(error)), mayHaveArrived: true };
  if (error.name === 'AbortError') {
    return {
      kind: 'failed',
      error: new TimeoutError('A request to Discord', timeoutMs),
      mayHaveArrived: true,
    };
  }
  return { kind: 'failed', error, mayHaveArrived: !NEVER_SENT.has(toErrorCode(error)) };
}

/** Failures before the first byte: the request cannot have taken effect. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function toErrorCode(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Behind `/api/v10`. */
function toPath(url: string): string {
  return new URL(url).pathname.replace(/^.*?\/v\d+(?=\/)/, '');
}

/** Carries an answer other than 2xx past discord.js's REST, which would wait, retry or drop the token. */
class UnsuccessfulAnswer extends Error {
  readonly answer: BufferedAnswer;

  constructor(answer: BufferedAnswer) {
    super(`status ${answer.status}`);
    this.answer = answer;
  }
}
