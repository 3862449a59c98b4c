import { SwitchboardError } from '../../errors.ts';

/** Discord refused a request (4xx other than 429): sending it again cannot help. */
export class DiscordRequestError extends SwitchboardError {
  readonly status: number;
  /** Discord's own JSON error code, 0 where there is none. */
  readonly discordCode: number;

  constructor(request: { method: string; path: string }, status: number, body: unknown) {
    const { code, message } = toApiError(body);
    super('discord-refused', `Discord refused ${request.method}: ${message} (${status}, code ${code})`, {
      context: { method: request.method, status, discordCode: code, errors: toErrors(body) },
    });
    this.status = status;
    this.discordCode = code;
  }
}

function toApiError(body: unknown): { code: number; message: string } {
  if (typeof body !== 'object' || body === null) return { code: 0, message: 'no reason given' };
  const code = 'code' in body && typeof body.code === 'number' ? body.code : 0;
  const message = 'message' in body && typeof body.message === 'string' ? body.message : 'no reason given';
  return { code, message };
}

function toErrors(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'errors' in body ? body.errors : undefined;
}
