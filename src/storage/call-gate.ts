/** Counts the calls under way, so that closing can wait for them and later ones are turned away. */
export interface CallGate {
  /** Rejects without starting `call` once the gate is closed. */
  pass<T>(call: () => Promise<T>): Promise<T>;
  /** Resolves when every call that passed has settled. */
  close(): Promise<void>;
}

export function createCallGate(): CallGate {
  let active = 0;
  let isClosed = false;
  const idle: PromiseWithResolvers<void> = Promise.withResolvers();
  const check = (): void => {
    if (isClosed && active === 0) idle.resolve();
  };
  const leave = (): void => {
    active -= 1;
    check();
  };
  return {
    pass(call) {
      if (isClosed) return Promise.reject(new Error('The store is closed'));
      active += 1;
      return call().finally(leave);
    },
    close() {
      isClosed = true;
      check();
      return idle.promise;
    },
  };
}
