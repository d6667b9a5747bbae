/**
 * A process whose worker writes lines to its standard output through outbox, engine and console sink. Reports its account as JSON to descriptor 3,
 * or to stderr. Arguments: lines, linesAtOnce, closeMillis, 'touch' to use process.stdout in the main thread too.
 */
import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { ConsoleSink } from '../../src/backends/console/console.ts';
import { DeliveryEngine } from '../../src/delivery/engine.ts';
import { Outbox, outboxBytes } from '../../src/delivery/outbox.ts';
import { senderOfSink } from '../../src/delivery/sender.ts';
import { BackendCounters, countersBytes } from '../../src/health/counters.ts';
import { infos } from '../support/counters.ts';

const SLOT_BYTES = 64 * 1024;

interface Job {
  readonly lines: number;
  readonly linesAtOnce: number;
  readonly closeMillis: number;
  readonly mainPrints: number;
  /** The main thread blocks its event loop for so long. */
  readonly blockMillis: number;
}

async function work(job: Job): Promise<void> {
  const outbox = new Outbox(new SharedArrayBuffer(outboxBytes(16 * SLOT_BYTES, SLOT_BYTES)), SLOT_BYTES);
  const counters = new BackendCounters(new SharedArrayBuffer(countersBytes(1)), 0);
  const engine = new DeliveryEngine({ queue: outbox, sender: senderOfSink(new ConsoleSink({ stream: 'stdout' })), counters });
  for (let number = 0; number < job.lines; number++) {
    const line = Buffer.from(`a ${number} ${'x'.repeat(number % 97)}\n`);
    counters.take(infos(1));
    let room = outbox.claim();
    if (room && outbox.output.limit - outbox.output.position < line.length) {
      outbox.seal();
      room = outbox.claim();
    }
    if (room) {
      outbox.output.bytes.set(line, outbox.output.position);
      outbox.output.position += line.length;
      outbox.commit({ tally: infos(1) });
    } else counters.drop('queue_full', infos(1));
    if (number % job.linesAtOnce === job.linesAtOnce - 1) {
      engine.kick();
      await setTimeout(1);
    }
  }
  const complete = await engine.close(job.closeMillis);
  writeSync(3, JSON.stringify({ complete, account: counters.read() }));
}

if (isMainThread) {
  const job = JSON.parse(process.argv[2]!) as Job;
  // Without these options the worker's own stdio would touch process.stdout, which makes descriptor 1 non-blocking by itself.
  const worker = new Worker(new URL(import.meta.url), { workerData: job, stdout: true, stderr: true });
  worker.on('error', (error) => {
    writeSync(2, `${error.stack}\n`);
    process.exit(1);
  });
  for (let round = 0; round < job.mainPrints; round++) {
    console.log(`m ${round} ${'x'.repeat(round % 97)}`);
    await setTimeout(1);
  }
  const blocked = performance.now() + job.blockMillis;
  while (performance.now() < blocked);
  await new Promise((resolve) => worker.once('message', resolve));
  process.exit(0);
} else {
  await work(workerData as Job);
  parentPort!.postMessage('done');
}
