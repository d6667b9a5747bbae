import { mergeConfig } from 'vitest/config';
import { CHILDREN_VARIABLE, UNIT_FOLDER } from './scripts/coverage/folders.ts';
import base from './vitest.config.ts';

/** Started by `npm run coverage`: the tests of `npm test` that run files of src, with what they run counted; see scripts/coverage/main.ts. */
export default mergeConfig(base, {
  test: {
    // They run the built package, compilers and scripts, and no line of src.
    exclude: ['test/package/**', 'test/scripts/**'],
    // Node itself counts what threads and child processes of the tests run.
    env: { NODE_V8_COVERAGE: process.env[CHILDREN_VARIABLE] },
    // Code that is counted is slower; a file of tests has two cores beside it.
    testTimeout: 120_000,
    coverage: {
      enabled: true,
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['json'],
      reportsDirectory: UNIT_FOLDER,
      reportOnFailure: true,
    },
  },
});
