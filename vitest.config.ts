import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Need servers or other hosts beside Node: `npm run test:servers`, `test:stack`, `test:hosts`, `test:browser`.
    exclude: ['test/servers/**', 'test/stack/**', 'test/hosts/**', 'test/browser/**', 'node_modules/**'],
    // A machine with much else to do (load 15 on two cores) takes up to seven times as long as a quiet one.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Tests start workers and child processes; two cores serve two files well.
    maxWorkers: 2,
    // Runs that a test kills would be recovered by the next test of the same name. Tests of persistence ask for it.
    globalSetup: 'test/support/stripped/setup.ts',
    setupFiles: ['test/support/seed.ts'],
    env: { HFT_PERSISTENCE: 'false' },
    reporters: ['default'],
  },
});
