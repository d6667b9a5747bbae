/**
 * The service of a chaos run: logs and audits at a rate into files and to a collector until it is ended, on the main thread and one more. What was called and has
 * returned is counted outside of the package.
 */
import { join } from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { configureLogging, getLogger } from '../../src/index.ts';
import { mapCounts } from '../support/mapped-counts.ts';
import { type ServiceOptions, THREADS } from './service-options.ts';

const options: ServiceOptions = isMainThread ? JSON.parse(process.argv[2]!) : workerData.options;
const thread: number = isMainThread ? 0 : workerData.thread;
const counts = mapCounts(options.countsPath, THREADS * 2);
if (isMainThread) {
  const logging = configureLogging({
    service: { name: 'chaos' },
    diagnosticLevel: 'none',
    persistence: { enabled: true, directory: options.runs },
    backends: {
      file: { path: join(options.disk, 'app.jsonl'), format: 'json', level: 'trace', rotation: 'none' },
      audit: { path: join(options.disk, 'audit.jsonl'), rotation: 'none' },
      otlp: {
        logsEndpoint: `${options.url}/v1/logs`,
        timeoutMillis: 2_000,
        spool: { directory: join(options.disk, 'spool') },
      },
    },
  });
  const { memory } = logging.health();
  if (memory.kind !== 'mapped') throw new Error(memory.reason);
  for (let other = 1; other < THREADS; other++)
    new Worker(new URL(import.meta.url), { argv: process.argv.slice(2), workerData: { options, thread: other } });
  await logging.ready;
  process.stdout.write('ready\n');
  void logging.recovered.then(() => process.stdout.write('recovered\n'));
}
produce(options, thread, counts);

function produce({ life, perSecond, auditEvery }: ServiceOptions, thread: number, counts: Float64Array): void {
  const logger = getLogger(`thread-${thread}`);
  const started = performance.now();
  let [calls, logs, audits] = [0, 0, 0];
  setInterval(() => {
    const due = ((performance.now() - started) * perSecond) / 1_000;
    for (; calls < due; calls++) {
      if (calls % auditEvery === 0) {
        logger.audit('order_placed', { life, thread, n: audits });
        counts[thread * 2 + 1] = ++audits;
      } else {
        logger.info('quote', { life, thread, n: logs });
        counts[thread * 2] = ++logs;
      }
    }
  }, 5);
}
