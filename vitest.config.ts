import { defineConfig } from 'vitest/config';

const ALONE = [
  // It counts what is alive in its process.
  'test/e2e/soak.test.ts',
  // The unmodified discord.js, whose forms a second HTTP client in the process would refuse.
  'test/sandbox/discord/client.test.ts',
];

export default defineConfig({
  test: {
    reporters: ['default', './test/plain-summary-reporter.ts'],
    setupFiles: ['./test/setup.ts'],
    // Far above what a test takes, since a busy machine is no fault of the test.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    // For two cores: a third has what to do while the others wait for their servers.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        // No test changes what modules share, so none needs modules of its own.
        test: { name: 'all', include: ['test/**/*.test.ts'], exclude: ALONE, isolate: false },
      },
      {
        extends: true,
        test: { name: 'alone', include: ALONE },
      },
    ],
  },
});
