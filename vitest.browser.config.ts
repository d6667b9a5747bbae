import { defineConfig } from 'vitest/config';

/** `npm run test:browser`: the live page in Chromium. Not part of `npm test`, which needs nothing beside Node. */
export default defineConfig({
  test: {
    globalSetup: 'test/support/stripped/setup.ts',
    setupFiles: ['test/support/seed.ts'],
    env: { HFT_PERSISTENCE: 'false' },
    include: ['test/browser/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
