import type { Log } from '../observability/log.ts';

/** Work that nobody waits for where it is begun: kept until it ends, its errors logged. */
export interface OwnedWork {
  /** `failure` is what the log says where it rejects. */
  add(work: Promise<unknown>, failure: string): void;
  /** Resolves when everything added so far has ended. */
  settled(): Promise<void>;
}

export function createOwnedWork(log: Log): OwnedWork {
  const underWay = new Set<Promise<void>>();
  return {
    add(work, failure) {
      const settled = work
        .then(
          () => undefined,
          (error: unknown) => {
            log.error({ err: error }, failure);
          },
        )
        .then(() => {
          underWay.delete(settled);
        });
      underWay.add(settled);
    },
    async settled() {
      await Promise.all(underWay);
    },
  };
}

/** Whether the work, which must not reject, ends in time. */
export async function settlesWithin(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = Promise.withResolvers<boolean>();
  const timeout = setTimeout(() => {
    timer.resolve(false);
  }, timeoutMs);
  try {
    return await Promise.race([work.then(() => true), timer.promise]);
  } finally {
    clearTimeout(timeout);
  }
}
