/**
 * `npm run mutation [-- room [source...]]`: changes the code of a room in one place after the other, and looks whether a test fails. Rooms: ring, codec,
 * encoders; all of them without a name. What survives is printed. One process at low priority; results are kept, and
 * the next run looks at what has changed since. All of it takes hours on two cores: name files while you work on them.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOM_VARIABLE, ROOMS } from './rooms.ts';

const ROOT = join(import.meta.dirname, '../..');

const [name, ...sources] = process.argv.slice(2);
if (name !== undefined && ROOMS[name] === undefined) {
  console.error(`There is no room "${name}" to mutate. Rooms: ${Object.keys(ROOMS).join(', ')}.`);
  process.exitCode = 2;
} else {
  for (const room of name === undefined ? Object.keys(ROOMS) : [name]) {
    if (!mutate(room, sources.length > 0 ? sources : ROOMS[room].sources)) process.exitCode = 1;
  }
}

function mutate(room: string, sources: readonly string[]): boolean {
  const stryker = join(ROOT, 'node_modules/@stryker-mutator/core/bin/stryker.js');
  const incremental = `coverage/mutation/${room}.incremental.json`;
  const { status } = spawnSync(
    'nice',
    ['-n', '10', process.execPath, stryker, 'run', '--mutate', sources.join(','), '--incrementalFile', incremental],
    // Tests run in a thread, which cannot change the time zone.
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, [ROOM_VARIABLE]: room, TZ: 'Europe/London' } },
  );
  return status === 0;
}
