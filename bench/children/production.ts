/**
 * A service that does nothing but configure the production preset, in a process of its own. Says what that took, or what memory it rests on.
 *
 *   node bench/children/production.ts start|rest <front door of the package, or ""> <directory>
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type * as Package from '../../src/index.ts';

export interface StartReport {
  /** From the first line of the service, the import included, to the first record in its ring. */
  readonly acceptedMillis: number;
  /** … to a worker with its backends open. */
  readonly readyMillis: number;
  readonly accepted: number;
}

export interface RestReport {
  readonly residentBytes: number;
  /** Without pages of files, which processes share; where the system does not tell (not Linux), all of it. */
  readonly privateBytes: number;
}

const STATUS = '/proc/self/status';

const REST_MILLIS = 500;

const [mode, frontDoor, directory] = process.argv.slice(2);
// Found before the clock runs: a service knows its port.
const port = await freePort();
if (mode === 'start') process.send!(await start());
else {
  if (frontDoor !== '') await configure();
  await new Promise((resolve) => setTimeout(resolve, REST_MILLIS));
  globalThis.gc!();
  process.send!(memory());
}
process.disconnect();

async function configure(): Promise<{ logging: Package.Logging; acceptedMillis: number }> {
  const started = performance.now();
  const { setupProductionLogging } = (await import(frontDoor)) as typeof Package;
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

async function start(): Promise<StartReport> {
  const started = performance.now();
  const { logging, acceptedMillis } = await configure();
  const readyMillis = performance.now() - started;
  await logging.shutdown();
  return { acceptedMillis, readyMillis, accepted: logging.health().lanes.logs.accepted };
}

function memory(): RestReport {
  const residentBytes = process.memoryUsage.rss();
  const anonymousKib = existsSync(STATUS) ? /^RssAnon:\s+(\d+)/m.exec(readFileSync(STATUS, 'utf8'))?.[1] : undefined;
  return { residentBytes, privateBytes: anonymousKib === undefined ? residentBytes : Number(anonymousKib) * 1024 };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address() as { port: number };
      server.close(() => resolve(address.port));
    });
  });
}
