interface ErrorLog {
  error(context: object, message: string): void;
}

/** Work that nobody waits for where it is begun: kept until it ends, its errors logged. */
export interface BackgroundWork {
  /** `failure` is what the log says where it rejects. */
  add(work: Promise<unknown>, failure: string): void;
  /** Resolves when everything added so far has ended. */
  settled(): Promise<void>;
}

export function createBackgroundWork(log: ErrorLog): BackgroundWork {
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
