import type { DatabaseSync } from 'node:sqlite';
import type { SqliteOperation } from './sqlite-operation.ts';
import type { SqliteOperationTable } from './sqlite-operations.ts';
import type { SqliteRequest, SqliteResult } from './sqlite-protocol.ts';

/**
 * Runs the requests in one transaction, so that many writers share one wait for the disk. If one of them is at
 * fault, the whole is rolled back and each runs in a transaction of its own, so that only that one fails. If the
 * database is (locked, full, unreadable), all fail.
 */
export function runBatch(
  database: DatabaseSync,
  operations: SqliteOperationTable,
  requests: readonly SqliteRequest[],
): SqliteResult[] {
  const together = tryTransaction(database, operations, requests);
  if (together.ok) return together.outputs.map((output) => ({ ok: true, output }));
  if (together.isDatabaseAtFault || requests.length === 1) {
    return requests.map(() => ({ ok: false, error: together.error }));
  }
  return requests.flatMap((request) => runBatch(database, operations, [request]));
}

type TransactionResult =
  { ok: true; outputs: unknown[] } | { ok: false; error: string; isDatabaseAtFault: boolean };

function tryTransaction(
  database: DatabaseSync,
  operations: SqliteOperationTable,
  requests: readonly SqliteRequest[],
): TransactionResult {
  let isRunningRequests = false;
  try {
    const writes = requests.some(({ name }) => operations[name].writes);
    database.exec(writes ? 'BEGIN IMMEDIATE' : 'BEGIN');
    isRunningRequests = true;
    const outputs = requests.map((request) => runRequest(operations, request));
    isRunningRequests = false;
    database.exec('COMMIT');
    return { ok: true, outputs };
  } catch (error) {
    // On an error of its own, such as a full disk, SQLite may have rolled back already.
    const isDatabaseAtFault = !isRunningRequests || !database.isTransaction;
    if (database.isTransaction) database.exec('ROLLBACK');
    return { ok: false, error: error instanceof Error ? error.message : String(error), isDatabaseAtFault };
  }
}

function runRequest(operations: SqliteOperationTable, request: SqliteRequest): unknown {
  // The sender's types tie a name to its input; the lookup by name loses that.
  const operation = operations[request.name] as SqliteOperation<SqliteRequest['input'], unknown>;
  return operation.run(request.input);
}
