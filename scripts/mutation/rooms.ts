/**
 * What mutation testing changes, and which tests have to notice. These are models and generators that run in one thread: a mutant is switched on in one thread
 * only, so tests that start threads or processes would judge the unchanged code there.
 */
export interface MutatedRoom {
  readonly sources: readonly string[];
  readonly tests: readonly string[];
}

export const ROOMS: Readonly<Record<string, MutatedRoom>> = {
  ring: { sources: ['src/ring/*.ts'], tests: ['test/ring/{ring-model,placement,one-store}.test.ts', 'test/codec/*.test.ts'] },
  codec: {
    sources: ['src/codec/**/*.ts'],
    tests: [
      'test/codec/*.test.ts',
      'test/encoders/{limits,nested,real-ring}.test.ts',
      'test/values/!(canary).test.ts',
      'test/redaction/*.test.ts',
      'test/logging/{call-shapes,lazy-fields,level-methods}.test.ts',
    ],
  },
  encoders: { sources: ['src/encoders/**/*.ts'], tests: ['test/encoders/*.test.ts', 'test/values/values.test.ts'] },
};

/** Tests in these files that start a worker, by words of their titles. */
export const WITH_A_WORKER = ['at the far end of a bridge', 'of errors as trees', 'an instance that is printed'];

/** The variable that tells vitest which room's tests to run. */
export const ROOM_VARIABLE = 'HFT_MUTATED_ROOM';

/** Tests that run instead of the room's, separated by commas; empty for the room's. */
export const TESTS_VARIABLE = 'HFT_MUTATION_TESTS';
