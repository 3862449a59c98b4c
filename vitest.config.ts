import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/plain-summary-reporter.ts'],
    testTimeout: 10_000,
    hookTimeout: 15_000,
    // Two cores: a worker for each keeps the suite quick without starving the servers it talks to.
    maxWorkers: 2,
    // No test changes what modules share, so none needs modules of its own.
    isolate: false,
  },
});
