import type { RunTable } from './run-table.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

export function createSqliteRunTable(database: Pick<SqliteDatabase, 'run'>): RunTable {
  return {
    isDurable: true,
    admit: (run) => database.run('run.admit', run),
    async patch(id, patch) {
      await database.run('run.patch', { id, patch });
    },
    async saveStep(id, index, step) {
      // The model is not asked for the next step before.
      await database.run('run.step', { id, index, step }, { isUrgent: true });
    },
    async retire(id) {
      await database.run('run.retire', { id });
    },
    list: () => database.run('run.list', null),
    async cursors(query) {
      return new Map(await database.run('run.cursors', query));
    },
    async forgetChannel(channelId) {
      await database.run('run.forget-channel', { channelId });
    },
    async forgetChannelsUntil(messageId) {
      await database.run('run.forget-channels-until', { messageId });
    },
  };
}
