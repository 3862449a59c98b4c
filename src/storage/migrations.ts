/**
 * Step n brings a file from version n to n + 1. Released steps never change: a new version is a new step.
 * The file's version is kept in `PRAGMA user_version`.
 */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE entries (
     namespace  TEXT NOT NULL,
     key        TEXT NOT NULL,
     value      TEXT NOT NULL,
     expires_at INTEGER,
     PRIMARY KEY (namespace, key)
   ) STRICT;
   CREATE INDEX entries_by_expiry ON entries (expires_at) WHERE expires_at IS NOT NULL;`,
  `CREATE TABLE runs (
     id         TEXT PRIMARY KEY,
     created_at INTEGER NOT NULL,
     record     TEXT NOT NULL,
     receipt    TEXT,
     ending     TEXT,
     delivered  INTEGER NOT NULL DEFAULT 0,
     attempts   INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE run_steps (
     run_id     TEXT NOT NULL,
     step_index INTEGER NOT NULL,
     step       TEXT NOT NULL,
     PRIMARY KEY (run_id, step_index)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE run_claims (
     id         TEXT PRIMARY KEY,
     claimed_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX run_claims_by_age ON run_claims (claimed_at);
   CREATE TABLE cursors (
     channel_id TEXT PRIMARY KEY,
     message_id TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;`,
  // As numbers: ids as text are not in the order of time.
  'CREATE INDEX cursors_by_message ON cursors (CAST(message_id AS INTEGER));',
];

/** The version of file that this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;
