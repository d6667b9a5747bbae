/**
 * `npm run mutation [-- room [source...] [test...]]`: changes the code of a room in one place after the other, and looks whether a test fails. Rooms: ring, codec,
 * encoders; all of them without a name. What survives is printed. One process at low priority; results are kept, and
 * the next run looks at what has changed since. All of it takes hours on two cores: name files while you work on them, and the tests (`test/…`) that judge
 * them, instead of all tests of the room.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOM_VARIABLE, ROOMS, TESTS_VARIABLE } from './rooms.ts';

const ROOT = join(import.meta.dirname, '../..');

const [name, ...files] = process.argv.slice(2);
const tests = files.filter((path) => path.startsWith('test/'));
const sources = files.filter((path) => !tests.includes(path));
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
    ['-n', '15', process.execPath, stryker, 'run', '--mutate', sources.join(','), '--incrementalFile', incremental],
    // Tests run in a thread, which cannot change the time zone.
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, [ROOM_VARIABLE]: room, [TESTS_VARIABLE]: tests.join(','), TZ: 'Europe/London' },
    },
  );
  return status === 0;
}
