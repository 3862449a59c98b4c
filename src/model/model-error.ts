import { APIConnectionError, APIError } from 'openai/core/error';
import { ModelError, type ModelErrorKind } from '../errors.ts';

/**
 * How servers say that the prompt is too long: OpenAI and vLLM ("maximum context length is"), vLLM's older
 * versions ("longer than the maximum model length"), llama.cpp ("exceeds the available context size"), Ollama
 * ("exceeds the context length", "exceeded max context length"), LM Studio ("context length of only"), gateways
 * ("prompt is too long", "exceeds the maximum number of tokens").
 */
const CONTEXT_TOO_LONG =
  /maximum context length|maximum model length|available context size|exceed(?:s|ed)? (?:the |max |maximum )?context (?:length|size|window)|context length of only|prompt (?:is )?too long|exceeds the maximum number of tokens|context_length_exceeded|exceed_context_size/i;

type SdkError = APIError<number | undefined, Headers | undefined, object | undefined>;

/** Makes a ModelError of what the SDK or the connection threw. */
export function toModelError(error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  // A connection error is an APIError too, without a status.
  if (error instanceof APIConnectionError) {
    return new ModelError('unavailable', 'The model server could not be reached', { cause: error });
  }
  if (error instanceof APIError) return toStatusError(error as SdkError);
  return new ModelError('interrupted', 'The connection to the model server broke', { cause: error });
}

/** Azure ("content_filter", "content management policy", "ResponsibleAIPolicyViolation"), OpenAI, OpenRouter ("input was flagged"). */
const FILTERED =
  /content.?filter|content.?(?:management.)?policy|ResponsibleAIPolicy|moderation|was flagged/i;
/** What an error in a stream says of its kind by a number, as the status of a response would. */
const KIND_BY_CODE: Readonly<Record<number, ModelErrorKind>> = {
  400: 'rejected',
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'rejected',
  422: 'rejected',
  429: 'rate-limited',
};

/** An error that a server sent as an event of the stream. `error`: the event's `error` field. */
export function toStreamedError(error: unknown): ModelError {
  const fields: { message?: unknown; code?: unknown; type?: unknown } =
    typeof error === 'object' && error !== null ? error : { message: error };
  const message = typeof fields.message === 'string' ? fields.message : 'no message';
  const context = { code: fields.code, type: fields.type };
  const text = `${message} ${toWord(fields.code)} ${toWord(fields.type)}`;
  let kind = KIND_BY_CODE[Number(fields.code)] ?? 'interrupted';
  if (CONTEXT_TOO_LONG.test(text)) kind = 'context-too-long';
  else if (FILTERED.test(text)) kind = 'filtered';
  else if (/rate.?limit/i.test(text)) kind = 'rate-limited';
  return new ModelError(kind, `The model server broke off: ${message}`, { context });
}

/** What a server sends as a code or type, which may be of any form. */
function toWord(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function toStatusError(error: SdkError): ModelError {
  const { status, headers } = error;
  const retryAfterMs = headers === undefined ? undefined : parseRetryAfterMs(headers);
  return new ModelError(toKind(error), `The model server answered ${error.message}`, {
    cause: error,
    context: { status, code: error.code, type: error.type, requestId: error.requestID },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function toKind(error: SdkError): ModelErrorKind {
  const status = error.status ?? 0;
  const text = `${error.message} ${toWord(error.code)} ${toWord(error.type)}`;
  if (status >= 400 && CONTEXT_TOO_LONG.test(text)) return 'context-too-long';
  if (status >= 400 && status < 500 && status !== 429 && FILTERED.test(text)) return 'filtered';
  if (status === 401 || status === 403) return 'unauthorized';
  // An empty account answers 429 as well, but waiting does not fill it.
  if (status === 429) return error.code === 'insufficient_quota' ? 'rejected' : 'rate-limited';
  if (status >= 500 || status === 408 || status === 409 || status === 425) return 'unavailable';
  return 'rejected';
}

/** `retry-after-ms`, or `Retry-After` in seconds or as a date; undefined where there is none to be read. */
export function parseRetryAfterMs(headers: Headers): number | undefined {
  const milliseconds = toDuration(headers.get('retry-after-ms'), 1);
  if (milliseconds !== undefined) return milliseconds;
  const value = headers.get('retry-after');
  const seconds = toDuration(value, 1000);
  if (seconds !== undefined || value === null) return seconds;
  const date = Date.parse(value);
  // A date is the server's, and so is the clock that it is compared with, wherever it says what that shows.
  const serverNow = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date)
    ? undefined
    : Math.max(0, date - (Number.isNaN(serverNow) ? Date.now() : serverNow));
}

function toDuration(value: string | null, unitMs: number): number | undefined {
  if (value === null || !/^\s*\d{1,9}(?:\.\d{1,9})?\s*$/.test(value)) return undefined;
  return Math.ceil(Number(value) * unitMs);
}

/** How a model call ended, as the limiter and the circuit breaker see it: a cancelled call says nothing of the server. */
export type CallEnd =
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed'; readonly error: ModelError }
  | { readonly kind: 'cancelled' };

export const ANSWERED: CallEnd = { kind: 'answered' };
export const CANCELLED: CallEnd = { kind: 'cancelled' };

/** The end of a call that threw. `signal`: the caller's, whose abort makes any error a cancellation. */
export function toCallEnd(error: unknown, signal: AbortSignal): CallEnd {
  return signal.aborted || !(error instanceof ModelError) ? CANCELLED : { kind: 'failed', error };
}
