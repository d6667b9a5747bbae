/**
 * Another user of the machine: tries what that user could try with the control socket and the live page of a process, and prints what came of it as JSON.
 */
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';

const [socket, pageUrl] = process.argv.slice(2);
const directory = dirname(socket);

/** The error's code, or `done`. */
function attempt(what: () => unknown): string {
  try {
    what();
    return 'done';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

const connected = new Promise<string>((resolve) => {
  connect(socket)
    .on('connect', () => resolve('done'))
    .on('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'error'));
});
const statuses = async (...paths: string[]) =>
  Promise.all(paths.map(async (path) => (await fetch(new URL(path, pageUrl))).status));

console.log(
  JSON.stringify({
    'list the directory': attempt(() => readdirSync(directory)),
    'read the socket': attempt(() => readFileSync(socket)),
    'remove the socket': attempt(() => rmSync(socket)),
    'put a socket of theirs beside it': attempt(() => writeFileSync(join(directory, 'gateway-1.sock'), '')),
    'put a directory of theirs in its place': attempt(() => renameSync(directory, `${directory}-away`)),
    'connect to the socket': await connected,
    'ask the page for records, status, a stream and levels': await statuses(
      '/api/records.json',
      '/api/status.json',
      '/api/stream',
      '/api/levels.json',
    ),
  }),
);
process.exit();
