/** A thread that records into a table of its own as fast as it can, for `threads.test.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { SeriesMeter } from '../../../src/meter/meter.ts';
import { SeriesTable } from '../../../src/series/table.ts';

const { memory, stop, thread } = workerData as { memory: SharedArrayBuffer; stop: Int32Array; thread: number };
const table = new SeriesTable(memory, {
  grow: (bytes) => new SharedArrayBuffer(bytes),
  announce: (block) => parentPort!.postMessage(block),
});
const meter = new SeriesMeter({ table });
// Every recording adds 8 to the sum and one to the count, whatever its bucket: an exported sum that is not 8 × count was seen half done.
const pairs = [
  [8, 8],
  [1, 15],
  [0, 16],
  [-500, 516],
  [5, 11],
] as const;
let round = 0;
// An even number of rounds: the low values of one belong to the high ones of the next.
for (; Atomics.load(stop, 0) === 0 || round % 2 === 1; round++) {
  for (const [low, high] of pairs) {
    meter.counter('orders_total', 1, { exchange: 'mexc' });
    meter.counter('orders_total', 1, { exchange: 'okx' });
    meter.metric('same_duration_us', 8, { exchange: 'mexc' });
    meter.metric('mixed_duration_us', round % 2 ? low : high);
  }
  // New series and pages all the time, so that entries are read while they are being made.
  meter.metric('same_growing_duration_us', 8, { thread, part: round % 300 });
  meter.metric('wide_duration_us', 2 ** (round % 40));
}
table.close();
parentPort!.postMessage(round);
