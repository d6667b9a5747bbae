import { defineConfig } from 'vitest/config';
import { ROOM_VARIABLE, ROOMS, WITH_A_WORKER } from './scripts/mutation/rooms.ts';

/** Started by `npm run mutation`. */
export default defineConfig({
  test: {
    include: [...ROOMS[process.env[ROOM_VARIABLE] ?? 'ring'].tests],
    setupFiles: ['test/support/seed.ts', 'scripts/mutation/sample-time.ts'],
    testNamePattern: new RegExp(`^(?!.*(?:${WITH_A_WORKER.join('|')}))`),
    testTimeout: 30_000,
  },
});
