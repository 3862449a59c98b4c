import type { KeyValueOperations } from './key-value-operations.ts';
import type { RunOperations } from './run-operations.ts';

/** Every operation the worker knows, by name. A new module of operations is one more `&` here. */
export type SqliteOperations = KeyValueOperations & RunOperations;

export type SqliteOperationName = keyof SqliteOperations;
export type InputOf<Name extends SqliteOperationName> = SqliteOperations[Name]['input'];
export type OutputOf<Name extends SqliteOperationName> = SqliteOperations[Name]['output'];

export interface SqliteRequest<Name extends SqliteOperationName = SqliteOperationName> {
  readonly name: Name;
  readonly input: InputOf<Name>;
}

/** What the main thread sends. A batch is one transaction. */
export type ToWorker =
  { readonly kind: 'batch'; readonly requests: readonly SqliteRequest[] } | { readonly kind: 'close' };

export type SqliteResult =
  { readonly ok: true; readonly output: unknown } | { readonly ok: false; readonly error: string };

/** What the worker sends. `results` are in the order of the batch's requests, sent after COMMIT. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'results'; readonly results: readonly SqliteResult[] }
  | { readonly kind: 'warning'; readonly message: string };

export interface SqliteWorkerData {
  readonly path: string;
  /** How long a statement waits for another process that holds the file, such as a backup. */
  readonly busyTimeoutMs: number;
  readonly purgeIntervalMs: number;
}
