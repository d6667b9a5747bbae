import { defineConfig } from 'vitest/config';

/** `npm run test:servers`: against a real Prometheus and Pushgateway from the cache (`npm run servers -- all`). */
export default defineConfig({
  test: {
    globalSetup: 'test/support/stripped/setup.ts',
    setupFiles: ['test/support/seed.ts'],
    env: { HFT_PERSISTENCE: 'false' },
    include: ['test/servers/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Servers of one file at a time.
    fileParallelism: false,
  },
});
