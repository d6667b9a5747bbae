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
    tests: ['test/codec/*.test.ts', 'test/encoders/limits.test.ts', 'test/values/large-records.test.ts'],
  },
  encoders: { sources: ['src/encoders/**/*.ts'], tests: ['test/encoders/!(real-ring).test.ts'] },
};

/** The variable that tells vitest which room's tests to run. */
export const ROOM_VARIABLE = 'HFT_MUTATED_ROOM';
