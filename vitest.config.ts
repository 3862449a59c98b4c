import { defineConfig } from 'vitest/config';

const COUNTED = 'test/e2e/soak.test.ts';

export default defineConfig({
  test: {
    reporters: ['default', './test/plain-summary-reporter.ts'],
    testTimeout: 10_000,
    hookTimeout: 15_000,
    // Two cores: a worker for each keeps the suite quick without starving the servers it talks to.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        // No test changes what modules share, so none needs modules of its own.
        test: { name: 'all', include: ['test/**/*.test.ts'], exclude: [COUNTED], isolate: false },
      },
      {
        extends: true,
        // It counts what is alive in its process.
        test: { name: 'counted', include: [COUNTED] },
      },
    ],
  },
});
