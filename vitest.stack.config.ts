// npm run test:stack: checks against the real servers in the cache (npm run servers). Not part of `npm test`, which needs only Node.
import { defineConfig } from 'vitest/config';

/** `npm run test:stack -- kafka`: a file that is asked for by its name runs its long form. */
const LONG_FORMS = ['kafka'];
process.env.HFT_STACK_LONG ??= LONG_FORMS.find((name) => process.argv.includes(name)) ?? '';

export default defineConfig({
  test: {
    globalSetup: 'test/support/stripped/setup.ts',
    setupFiles: ['test/support/seed.ts'],
    env: { HFT_PERSISTENCE: 'false' },
    include: ['test/stack/**/*.test.ts'],
    // One file at a time: each starts servers of its own, and times are measured.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 120_000,
    reporters: ['default'],
  },
});
