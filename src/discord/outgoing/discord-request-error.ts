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
