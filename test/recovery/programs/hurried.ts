/** Logs audit events and exits at once, with no time to deliver them. */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { configureLogging, getLogger, type LoggingConfig } from '../../../src/index.ts';

export interface HurriedOptions {
  readonly config: LoggingConfig;
  readonly events: number;
  /** The thread that logs. */
  readonly thread: 'main' | 'other';
}

const { config, events, thread }: HurriedOptions = isMainThread ? JSON.parse(process.argv[2]!) : workerData;

function log(): void {
  const logger = getLogger('gateway');
  for (let n = 0; n < events; n++) logger.audit('order_placed', { n });
}

if (!isMainThread) {
  log();
  // The thread is alive when the process ends around it.
  process.exitCode = 0;
  setInterval(() => {}, 1_000);
  const { parentPort } = await import('node:worker_threads');
  parentPort!.postMessage('logged');
} else {
  const logging = configureLogging(config);
  if (logging.health().memory.kind !== 'mapped') throw new Error(logging.health().memory.reason);
  if (thread === 'main') {
    log();
    process.exit();
  }
  // Joins by what it finds at its start: its rings are in this run's folder.
  new Worker(new URL(import.meta.url), { workerData: JSON.parse(process.argv[2]!) }).once('message', () => process.exit());
}
