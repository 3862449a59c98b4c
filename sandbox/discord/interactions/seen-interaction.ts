import type { APIMessage } from 'discord-api-types/v10';
import type { SimulatedInteraction } from '../types.ts';
import { isLoading } from './answers.ts';
import type { InteractionRecord } from './interaction-store.ts';

const defaultTimeoutMs = 5_000;

/** The interaction as the person sees it. */
export function toSeenInteraction(record: InteractionRecord): SimulatedInteraction {
  return {
    id: record.id,
    token: record.token,
    state: () => toState(record),
    messages: () => record.shown.map(({ message }) => message),
    modal: () => record.modal,
    answer: (timeoutMs = defaultTimeoutMs) => waitForShown(record, timeoutMs),
  };
}

function toState(record: InteractionRecord): ReturnType<SimulatedInteraction['state']> {
  if (record.answer === 'modal') return 'modal';
  const isUpdate = record.answer === 'update' || record.answer === 'deferred-update';
  const hasOwn = record.shown.some((state) => state !== record.source && !isLoading(state));
  if (hasOwn) return 'answered';
  return isUpdate ? 'updated' : 'thinking';
}

function firstShown(record: InteractionRecord): APIMessage | undefined {
  return record.shown.find((state) => !isLoading(state))?.message;
}

function waitForShown(record: InteractionRecord, timeoutMs: number): Promise<APIMessage> {
  const shown = firstShown(record);
  if (shown !== undefined) return Promise.resolve(shown);
  const { promise, resolve, reject } = Promise.withResolvers<APIMessage>();
  const timer = setTimeout(() => {
    record.listeners.delete(check);
    reject(new Error(`No answer within ${timeoutMs} ms`));
  }, timeoutMs);
  function check(): void {
    const message = firstShown(record);
    if (message === undefined) return;
    clearTimeout(timer);
    record.listeners.delete(check);
    resolve(message);
  }
  record.listeners.add(check);
  return promise;
}
