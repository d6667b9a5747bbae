import { defineConfig } from 'vitest/config';
import { ROOM_VARIABLE, ROOMS } from './scripts/mutation/rooms.ts';

/** Started by `npm run mutation`. */
export default defineConfig({
  test: { include: [...ROOMS[process.env[ROOM_VARIABLE] ?? 'ring'].tests], testTimeout: 30_000 },
});
