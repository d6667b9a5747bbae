/** Mutation testing; started by `npm run mutation`, which names sources, tests and the file of kept results. */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // Constants of a module are there before a mutant is switched on: each of them would need a process and all tests.
  ignoreStatic: true,
  concurrency: 1,
  timeoutMS: 2000,
  disableTypeChecks: false,
  // A file that does not exist: Stryker reads it through the API of TypeScript, which TypeScript 7 does not have.
  tsconfigFile: 'no-tsconfig.json',
  tempDirName: 'node_modules/.stryker',
  incremental: true,
  reporters: ['clear-text', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false, allowEmojis: false },
  jsonReporter: { fileName: 'coverage/mutation/report.json' },
};
