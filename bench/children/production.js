/**
 * A service that does nothing but configure the production preset, in a process of its own. Says what that took, or what memory it rests on.
 *
 *   node bench/children/production.js start|rest <front door of the package, or ""> <directory>
 *
 * In JavaScript: stripping types would be a part of what is measured.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const STATUS = '/proc/self/status';

const REST_MILLIS = 500;

const [mode, frontDoor, directory] = process.argv.slice(2);
// Found before the clock runs: a service knows its port.
const port = await freePort();
if (mode === 'start') process.send(await start());
else {
  if (frontDoor !== '') await configure();
  await new Promise((resolve) => setTimeout(resolve, REST_MILLIS));
  globalThis.gc();
  process.send(memory());
}
process.disconnect();

async function configure() {
  const started = performance.now();
  const { setupProductionLogging } = await import(frontDoor);
  const logging = setupProductionLogging({
    service: { name: 'bench' },
    backends: {
      file: { path: join(directory, 'app.jsonl') },
      audit: { path: join(directory, 'audit.jsonl') },
      prometheus: { port },
    },
  });
  logging.getLogger('start').warning('started', { port });
  const acceptedMillis = performance.now() - started;
  await logging.ready;
  return { logging, acceptedMillis };
}

async function start() {
  const started = performance.now();
  const { logging, acceptedMillis } = await configure();
  const readyMillis = performance.now() - started;
  await logging.shutdown();
  return { acceptedMillis, readyMillis, accepted: logging.health().lanes.logs.accepted };
}

function memory() {
  const residentBytes = process.memoryUsage.rss();
  const anonymousKib = existsSync(STATUS) ? /^RssAnon:\s+(\d+)/m.exec(readFileSync(STATUS, 'utf8'))?.[1] : undefined;
  return { residentBytes, privateBytes: anonymousKib === undefined ? residentBytes : Number(anonymousKib) * 1024 };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
