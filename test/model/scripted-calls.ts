import type { Model, ModelReply, ModelRequest } from '../../src/model/ports.ts';

export const request: ModelRequest = { messages: [], tools: [], userId: '1' };
export const reply: ModelReply = { text: 'ok', toolCalls: [], finishReason: 'stop', model: 'm' };
export const never = new AbortController().signal;
export const ignore = (): void => undefined;

export interface FailingModel {
  readonly model: Model;
  readonly requests: ModelRequest[];
}

/** Fails with each error in turn, after showing `text`, and then answers. */
export function createFailing(errors: readonly Error[], text = ''): FailingModel {
  const requests: ModelRequest[] = [];
  const model: Model = {
    countTokens: (each) => each.length,
    complete(asked, onText) {
      const error = errors[requests.length];
      requests.push(asked);
      if (text !== '') onText(text);
      return error === undefined ? Promise.resolve(reply) : Promise.reject(error);
    },
  };
  return { model, requests };
}

export function createAlwaysFailing(error: Error): FailingModel {
  return createFailing(Array.from({ length: 100 }, () => error));
}
