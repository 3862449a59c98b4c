import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Core } from '../core.ts';
import type { FaultState, RestFault } from '../faults.ts';
import { ApiError, refusals } from './api-error.ts';
import { parseRequestBody, readRawBody } from './body.ts';
import type { RateLimits } from './rate-limits.ts';
import type { RestAnswer, RouteMatch } from './router.ts';
import type { StatsRecorder } from './stats.ts';

const prefix = /^\/api(?:\/v\d+)?(?=\/)/;
const defaultBucket = { limit: 50, windowMs: 1_000 };
const invalidStatuses: ReadonlySet<number> = new Set([401, 403, 429]);

interface RestServerOptions {
  readonly core: Core;
  readonly faults: FaultState;
  readonly rateLimits: RateLimits;
  readonly recorder: StatsRecorder;
  readonly findRoute: (method: string, path: string) => RouteMatch | undefined;
}

interface Answer extends RestAnswer {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, where a fault or a ban answers something else than JSON. */
  readonly text?: string;
}

/** Answers every REST request: faults, authorisation, limits, then the route. */
export function createRestServer(options: RestServerOptions) {
  const { core, faults, rateLimits, recorder, findRoute } = options;

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = request.method ?? 'GET';
    const [rawPath, rawQuery] = splitOnce(request.url ?? '/', '?');
    const path = rawPath.replace(prefix, '');
    const match = findRoute(method, path);
    recorder.arrived(match?.route.isInteraction === true);
    const raw = await readRawBody(request);
    const fault = faults.takeRestFault(method, path);
    const latencyMs = core.settings.restLatencyMs + (fault?.delayMs ?? 0);
    if (latencyMs > 0) await sleep(latencyMs, undefined, { ref: false });
    const isLost = fault !== undefined && isAnsweredOtherwise(fault);
    const answer =
      isLost && fault.afterEffect !== true
        ? null
        : answerRoute(request, match, raw, new URLSearchParams(rawQuery));
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'reset') {
      request.socket.destroy();
      return;
    }
    send(isLost ? toFaultAnswer(fault) : answer);

    function send(given: Answer | null): void {
      const status = given?.status ?? (given?.body === undefined && given?.text === undefined ? 204 : 200);
      if (invalidStatuses.has(status)) rateLimits.countInvalid();
      recorder.answered(method, match?.name ?? 'unknown', status);
      core.bus.emit({ type: 'rest', method, path, status });
      respond(response, status, given);
    }
  };

  function answerRoute(
    request: IncomingMessage,
    match: RouteMatch | undefined,
    raw: Buffer | 'too-large',
    query: URLSearchParams,
  ): Answer {
    let headers: Readonly<Record<string, string>> = {};
    try {
      if (rateLimits.isBanned) return bannedAnswer;
      if (match === undefined) throw refusals.notFound();
      const { route, params } = match;
      if (route.isInteraction !== true) authorize(request, core.settings.token);
      if (core.settings.rateLimits === 'strict') {
        const verdict = checkLimits(match, rateLimits);
        headers = verdict.headers;
        if (verdict.refusal !== undefined) return toRefusedAnswer(verdict);
      }
      if (raw === 'too-large') throw refusals.entityTooLarge();
      const { json, files } = parseRequestBody(raw, request.headers['content-type'] ?? '');
      return { ...route.handle({ core, params, query, body: json, files }), headers };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { status: error.status, body: error.toBody(), headers };
    }
  }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function authorize(request: IncomingMessage, token: string): void {
  if (request.headers.authorization !== `Bot ${token}`) throw refusals.unauthorized();
}

function checkLimits({ route, major }: RouteMatch, rateLimits: RateLimits) {
  const bucket = route.bucket ?? { name: `${route.method} ${route.path}`, ...defaultBucket };
  return rateLimits.check(bucket, major, route.isInteraction !== true);
}

function toRefusedAnswer(verdict: ReturnType<RateLimits['check']>): Answer {
  return {
    status: 429,
    headers: verdict.headers,
    body: {
      message: 'You are being rate limited.',
      retry_after: Number((verdict.refusal?.retryAfterSeconds ?? 0).toFixed(3)),
      global: verdict.refusal?.global ?? false,
    },
  };
}

/** What Cloudflare says in Discord's stead once an address is banned. */
const bannedAnswer: Answer = {
  status: 429,
  text: 'error code: 1015',
  headers: { 'Retry-After': '3600' },
};

function isAnsweredOtherwise(fault: RestFault): boolean {
  return fault.kind !== undefined || fault.status !== undefined;
}

function toFaultAnswer(fault: RestFault): Answer {
  const status = fault.status ?? 500;
  const isText = typeof fault.body === 'string';
  return {
    status,
    ...(isText ? { text: fault.body } : { body: fault.body ?? { message: `${status}: Injected`, code: 0 } }),
    ...(fault.headers === undefined ? {} : { headers: fault.headers }),
  };
}

function respond(response: ServerResponse, status: number, answer: Answer | null): void {
  const headers: Record<string, string> = { ...answer?.headers, Via: '1.1 google' };
  if (answer?.text !== undefined) {
    // What a fault says of itself stands: a proxy answers with pages.
    const hasType = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
    if (!hasType) headers['Content-Type'] = 'text/plain';
    response.writeHead(status, headers).end(answer.text);
  } else if (answer?.body === undefined) {
    response.writeHead(status, headers).end();
  } else {
    headers['Content-Type'] = 'application/json';
    response.writeHead(status, headers).end(JSON.stringify(answer.body));
  }
}
