/**
 * One typed piece of work on the database. `run` is synchronous, runs inside the transaction of its batch and may
 * run again if that is rolled back, so it does nothing but read and write the database.
 */
export interface SqliteOperation<Input, Output> {
  readonly writes: boolean;
  run(input: Input): Output;
}

/** The operations of a module, out of a type that names the input and output of each. */
export type SqliteOperationsOf<Types extends Record<keyof Types, { input: unknown; output: unknown }>> = {
  readonly [Name in keyof Types]: SqliteOperation<Types[Name]['input'], Types[Name]['output']>;
};
