import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from './migrations.ts';

/** What `ANALYZE` and SQLite itself keep. */
const OF_SQLITE = /^sqlite_(?:stat\d|sequence)$/;

/**
 * What stands in the schema of a file and was not made by the migrations up to its version, or otherwise than they
 * make it, a line each. A trigger, a view or a check of somebody else's would act on what the bot writes.
 */
export function findForeignObjects(database: DatabaseSync, version: number): string[] {
  const expected = readSchema(version);
  const found = readObjects(database);
  const foreign = [...found]
    .filter(([key, sql]) => expected.get(key) !== sql)
    .map(([key]) => `${key} was not made by Switchboard`);
  const missing = [...expected.keys()].filter((key) => !found.has(key)).map((key) => `${key} is missing`);
  return [...foreign, ...missing];
}

function readSchema(version: number): Map<string, string> {
  const database = new DatabaseSync(':memory:');
  try {
    for (const step of MIGRATIONS.slice(0, version)) database.exec(step);
    return readObjects(database);
  } finally {
    database.close();
  }
}

/** SQL by kind and name; without what belongs to a table by itself. */
function readObjects(database: DatabaseSync): Map<string, string> {
  const objects = new Map<string, string>();
  for (const row of database.prepare('SELECT type, name, sql FROM sqlite_schema').iterate()) {
    const [type, name] = [String(row['type']), String(row['name'])];
    const isAutomatic = type === 'index' && row['sql'] === null;
    if (isAutomatic || (type === 'table' && OF_SQLITE.test(name))) continue;
    objects.set(`${type} ${name}`, String(row['sql']));
  }
  return objects;
}
