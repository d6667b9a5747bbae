/** Scrapes until `ticks_total` has been so many different values, writes them down, then raises the word behind them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';

const { port, seen, scrapes } = workerData as { port: number; seen: SharedArrayBuffer; scrapes: number };
const counts = new Float64Array(seen);
for (let i = 0; i < scrapes; ) {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const count = Number(/^ticks_total (\d+)$/m.exec(page)?.[1] ?? 0);
  if (count > (counts[i - 1] ?? 0)) counts[i++] = count;
  await sleep(10);
}
Atomics.store(new Int32Array(seen, 512, 1), 0, 1);
