import type { Log } from '../../observability/log.ts';
import type { OutgoingBudget } from '../outgoing/ports.ts';

/** Removes a message by its path. Never rejects: one that is gone already, or out of reach, stays so. */
export async function removeMessage(
  { budget, log }: { budget: Pick<OutgoingBudget, 'send'>; log: Pick<Log, 'debug'> },
  path: string,
): Promise<void> {
  try {
    await budget.send({ method: 'DELETE', path, priority: 'final-text' });
  } catch (error) {
    log.debug({ err: error }, 'a message could not be removed');
  }
}
