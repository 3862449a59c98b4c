import type { DatabaseSync } from 'node:sqlite';
import { prepareKeyValueOperations } from './key-value-operations.ts';
import { prepareRunOperations } from './run-operations.ts';
import type { SqliteOperationsOf } from './sqlite-operation.ts';
import type { SqliteOperations } from './sqlite-protocol.ts';

export type SqliteOperationTable = SqliteOperationsOf<SqliteOperations>;

/** Every operation with its statements prepared. A new module of operations is one line here. */
export function prepareOperations(database: DatabaseSync): SqliteOperationTable {
  return { ...prepareKeyValueOperations(database), ...prepareRunOperations(database) };
}
