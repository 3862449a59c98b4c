import { DiscordRequestError } from '../../../src/discord/outgoing/discord-request-error.ts';
import type { OutgoingRequest } from '../../../src/discord/outgoing/outgoing-request.ts';
import type { OutgoingBudget } from '../../../src/discord/outgoing/ports.ts';

export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly json: unknown;
  readonly query: OutgoingRequest['query'];
}

export interface FakeRest extends Pick<OutgoingBudget, 'send'> {
  readonly sent: readonly SentRequest[];
}

/** Takes every request, remembers it and answers with what `respond` says. */
export function createFakeRest(respond: (request: SentRequest) => unknown = () => undefined): FakeRest {
  const sent: SentRequest[] = [];
  return {
    sent,
    async send({ method, path, query, body }) {
      const request = { method, path, query, json: body?.()?.json };
      sent.push(request);
      return Promise.resolve(respond(request));
    },
  };
}

export function refusal(status: number, code: number): DiscordRequestError {
  return new DiscordRequestError({ method: 'POST', path: '/' }, status, { code, message: 'refused' });
}
