import type { Log } from '../observability/log.ts';
import type { BackgroundWork } from '../lib/background-work.ts';
import type { MissedChange, Runs } from './ports.ts';
import type { Run } from './run.ts';

export interface FollowMissedChangesOptions {
  readonly runs: Pick<Runs, 'edit' | 'forget'>;
  /** What became of a run's questions while no process was here. */
  readonly missedChanges: (run: Run) => Promise<readonly MissedChange[]>;
  readonly owned: BackgroundWork;
  readonly log: Log;
}

/**
 * Does to a run that an earlier process left what became of its questions meanwhile. Resolves when it may go on. Never
 * rejects: a Discord that does not answer holds nothing up.
 */
export async function followMissedChanges(
  run: Run,
  isEnded: boolean,
  { runs, missedChanges, owned, log }: FollowMissedChangesOptions,
): Promise<void> {
  try {
    for (const change of await missedChanges(run)) {
      const done = change.kind === 'gone' ? runs.forget(change.id) : runs.edit(change.run, change.editedAt);
      owned.add(done, 'what changed while no process was here could not be followed');
      // What is asked now is known in a moment. A run whose own question is gone is stopped at once, and what is done to
      // one that has ended follows its delivery.
      const isStopped = change.kind === 'gone' && change.id === run.id;
      if (!isStopped && !isEnded) await done;
    }
  } catch (error) {
    log.warn({ err: error, runId: run.id }, 'going on with a question that could not be read again');
  }
}
