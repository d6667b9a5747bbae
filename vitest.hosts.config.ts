import { defineConfig } from 'vitest/config';

/** `npm run test:hosts`: the package in bundlers and on other hosts, which are installed into a cache. Not part of `npm test`: they are 700 MB. */
export default defineConfig({
  test: {
    globalSetup: 'test/support/stripped/setup.ts',
    setupFiles: ['test/support/seed.ts'],
    env: { HFT_PERSISTENCE: 'false' },
    include: ['test/hosts/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 600_000,
    fileParallelism: false,
  },
});
