import { createHash } from 'node:crypto';
import { Routes, type RESTPutAPIApplicationCommandsJSONBody } from 'discord.js';
import type { Log } from '../../observability/log.ts';
import type { KeyValueStore } from '../../storage/ports.ts';
import type { RequestSender } from './interaction-response.ts';

export interface RegistrationOptions {
  readonly definitions: RESTPutAPIApplicationCommandsJSONBody;
  readonly applicationId: string;
  readonly rest: RequestSender;
  /** Remembers across starts what was registered. */
  readonly store: Pick<KeyValueStore, 'get' | 'set'>;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/**
 * Tells Discord the commands, globally, if they are not those of the last time. Never rejects: without its commands
 * the bot still answers messages. Where the store cannot say what was registered, nothing is sent.
 */
export async function registerCommands(
  options: RegistrationOptions,
): Promise<'unchanged' | 'registered' | 'failed'> {
  const { definitions, applicationId, rest, store, log, signal } = options;
  const hash = createHash('sha256').update(JSON.stringify(definitions)).digest('hex');
  try {
    const registered = await store.get(applicationId, signal);
    if (registered === hash) return 'unchanged';
    await rest.send({
      method: 'PUT',
      path: Routes.applicationCommands(applicationId),
      priority: 'notice',
      body: () => ({ json: definitions }),
      ...(signal && { signal }),
    });
    await store.set(applicationId, hash, signal ? { signal } : {});
    log.info({ commands: definitions.length }, 'commands registered');
    return 'registered';
  } catch (error) {
    if (signal?.aborted) log.info('stopped before the commands were registered; the next start tries again');
    else log.error({ err: error }, 'the commands could not be registered; the next start tries again');
    return 'failed';
  }
}
