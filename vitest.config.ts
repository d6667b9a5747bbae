import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Need servers beside Node: `npm run test:servers`, `npm run test:stack`.
    exclude: ['test/servers/**', 'test/stack/**', 'node_modules/**'],
    testTimeout: 30_000,
    // Tests start workers and child processes; two cores serve two files well.
    maxWorkers: 2,
    reporters: ['default'],
  },
});
