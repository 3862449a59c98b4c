import type { Core } from '../core.ts';
import { ApiError, type ErrorTree } from '../rest/api-error.ts';

/** Runs what a person does; what Discord refuses is thrown as a plain sentence. */
export function asPerson<T>(core: Core, userId: string, act: () => T): T {
  const user = core.world.users.get(userId);
  if (user === undefined) throw new Error(`There is no person ${userId}`);
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const details = error.errors === undefined ? '' : `: ${toSentences(error.errors)}`;
    const who = user.global_name ?? user.username;
    throw new Error(`Discord refuses this to ${who}: ${error.message} (${error.code})${details}`, {
      cause: error,
    });
  }
}

function toSentences(tree: ErrorTree): string {
  const sentences = Object.entries(tree).map(([field, below]) =>
    Array.isArray(below)
      ? below.map(({ message }: { message: string }) => message).join(' ')
      : `${field}: ${toSentences(below as ErrorTree)}`,
  );
  return sentences.join('; ');
}
