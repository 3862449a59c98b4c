import { SwitchboardError } from '../errors.ts';

/**
 * Throws SwitchboardError `record-too-new` for a record that a later version of this program wrote: it is left as it
 * is. `version`: what this program writes. A record of an earlier version is brought up to it by its reader.
 */
export function refuseNewerRecord(record: unknown, version: number): void {
  if (typeof record !== 'object' || record === null || !('version' in record)) return;
  const { version: found } = record;
  if (typeof found !== 'number' || found <= version) return;
  throw new SwitchboardError(
    'record-too-new',
    `The record was written by a newer version of Switchboard (version ${found}; this one knows ${version}). ` +
      'Update Switchboard, or restore a backup made before the update.',
    { context: { version: found, supported: version } },
  );
}
