import { defineConfig } from 'vitest/config';
import { ROOM_VARIABLE, ROOMS, TESTS_VARIABLE, WITH_A_WORKER } from './scripts/mutation/rooms.ts';

const named = (process.env[TESTS_VARIABLE] ?? '').split(',').filter((path) => path !== '');

/** Started by `npm run mutation`. */
export default defineConfig({
  test: {
    include: named.length > 0 ? named : [...ROOMS[process.env[ROOM_VARIABLE] ?? 'ring'].tests],
    setupFiles: ['test/support/seed.ts', 'scripts/mutation/sample-time.ts'],
    testNamePattern: new RegExp(`^(?!.*(?:${WITH_A_WORKER.join('|')}))`),
    testTimeout: 30_000,
  },
});
