/**
 * A worker that encodes numbered lines into an outbox and sends them to a file, as the real one does with frames. How far it got stands in
 * shared memory, stored after the commit, as a ring's tail is.
 */
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { FileSink } from '../../src/backends/file/file-sink.ts';
import { DeliveryEngine } from '../../src/delivery/engine.ts';
import { Outbox } from '../../src/delivery/outbox.ts';
import { senderOfSink } from '../../src/delivery/sender.ts';
import { BackendCounters } from '../../src/health/counters.ts';
import { infos } from '../support/counters.ts';

export interface WriterStart {
  readonly outbox: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  /** i32: next number to encode. */
  readonly tail: SharedArrayBuffer;
  readonly path: string;
  readonly lines: number;
  readonly slotBytes: number;
}

const start = workerData as WriterStart;
const outbox = new Outbox(start.outbox, start.slotBytes);
const counters = new BackendCounters(start.counters, 0);
counters.settle(outbox.waiting, 'redelivered');
const engine = new DeliveryEngine({ queue: outbox, sender: senderOfSink(new FileSink({ path: start.path })), counters });
const tail = new Int32Array(start.tail);
engine.kick();

const LINES_AT_ONCE = 200;
for (let from = Atomics.load(tail, 0); from < start.lines; ) {
  if (!outbox.claim()) {
    await setTimeout(1);
    continue;
  }
  const { output } = outbox;
  let number = from;
  for (; number < Math.min(start.lines, from + LINES_AT_ONCE); number++) {
    const line = Buffer.from(`a ${number} ${'x'.repeat(number % 97)}\n`);
    if (output.limit - output.position < line.length) break;
    output.bytes.set(line, output.position);
    output.position += line.length;
  }
  counters.take(infos(number - from));
  outbox.commit({ tally: infos(number - from) });
  if (number < from + LINES_AT_ONCE) outbox.seal();
  Atomics.store(tail, 0, number);
  from = number;
  engine.kick();
  if (number % 1_000 < LINES_AT_ONCE) await setTimeout(0);
}
parentPort!.postMessage(await engine.close(10_000));
