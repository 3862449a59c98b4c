import type { RESTJSONErrorCodes } from 'discord.js';
import { SwitchboardError } from '../../errors.ts';

/** Discord itself refused a request (4xx other than 429): sending it again cannot help. */
export class DiscordRequestError extends SwitchboardError {
  readonly status: number;
  /** Discord's own JSON error code, 0 where it has none for this. */
  readonly discordCode: number;

  constructor(request: { method: string; path: string }, status: number, body: unknown) {
    const { code = 0, message = 'no reason given' } = toApiError(body);
    super('discord-refused', `Discord refused ${request.method}: ${message} (${status}, code ${code})`, {
      context: { method: request.method, status, discordCode: code, errors: toErrors(body) },
    });
    this.status = status;
    this.discordCode = code;
  }
}

/** Whether Discord refused for one of these reasons. */
export function hasDiscordCode(error: unknown, ...codes: readonly RESTJSONErrorCodes[]): boolean {
  const known: readonly number[] = codes;
  return error instanceof DiscordRequestError && known.includes(error.discordCode);
}

/** The code of an error: no answer, or none of Discord's, within the attempts. */
export const OUTGOING_FAILED = 'outgoing-failed';

const REQUEST_TIMEOUT = 408;
const CONTENT_TOO_LARGE = 413;

/**
 * Whether an answer with a 4xx other than 429 is Discord's last word, and so a DiscordRequestError. Whatever stands
 * before Discord says 403 or 404 too while it is troubled, but not with Discord's JSON code: that passes. What is too
 * large stays too large, whoever says so.
 */
export function isFinalRefusal(status: number, body: unknown): boolean {
  if (status === CONTENT_TOO_LARGE) return true;
  return status !== REQUEST_TIMEOUT && toApiError(body).code !== undefined;
}

/**
 * Whether an attempt failed by a refusal that is not Discord's own. It counts as an invalid request all the same, and it
 * may be about the text itself, so it is tried less often than what is merely out of reach.
 */
export function isPassingRefusal(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500;
}

/** The same of the error with which a request ended. */
export function endedByPassingRefusal(error: unknown): boolean {
  if (!(error instanceof SwitchboardError)) return false;
  const { status } = error.context;
  return error.code === OUTGOING_FAILED && typeof status === 'number' && isPassingRefusal(status);
}

function toApiError(body: unknown): { code?: number; message?: string } {
  if (typeof body !== 'object' || body === null) return {};
  return {
    ...('code' in body && typeof body.code === 'number' && { code: body.code }),
    ...('message' in body && typeof body.message === 'string' && { message: body.message }),
  };
}

function toErrors(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'errors' in body ? body.errors : undefined;
}
