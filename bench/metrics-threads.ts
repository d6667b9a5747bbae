/**
 * Metrics over threads: what a second producer adds, and what a scrape of many series costs the thread that serves it and the application's event loop.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { MetricsPage } from '../src/backends/prometheus/page.ts';
import { PrometheusBackend } from '../src/backends/prometheus/prometheus.ts';
import { SeriesProducer } from '../src/backends/series-producer.ts';
import { MetricsAccount } from '../src/contract/metrics-backend.ts';
import { BackendCounters, countersBytes } from '../src/health/counters.ts';
import { SeriesMeter } from '../src/meter/meter.ts';
import { SeriesCollector } from '../src/series/collect.ts';
import { SeriesTable } from '../src/series/table.ts';
import { prove, runCase } from './harness/case.ts';
import { nanos, sleep } from './harness/clock.ts';

/** Series of the page that is scraped, as Prometheus counts them. */
const SCRAPED_SERIES = 10_000;

interface Role {
  readonly role: 'producer' | 'room';
  readonly memory: SharedArrayBuffer;
  /** Producers: 0 wait, 1 run, 2 stop. */
  readonly signal: Int32Array;
}

if (!isMainThread) {
  const { role, memory, signal } = workerData as Role;
  if (role === 'producer') produce(memory, signal);
  else await serve(memory);
} else await runCase(async ({ byEffort }) => measure(byEffort(100, 1_500), byEffort(2, 7), byEffort(2, 20)));

/** Counts as fast as it can while it may, and says how often it did and in which time. */
function produce(memory: SharedArrayBuffer, signal: Int32Array): void {
  const meter = new SeriesMeter({ table: new SeriesTable(memory, { grow: () => undefined, announce: () => {} }) });
  for (let i = 0; i < 200_000; i++) meter.counter('warm_up_total', 1, { exchange: 'mexc', side: 'BUY' });
  parentPort!.postMessage('ready');
  Atomics.wait(signal, 0, 0);
  const start = nanos();
  let calls = 0;
  for (; Atomics.load(signal, 0) === 1; calls += 1000)
    for (let i = 0; i < 1000; i++) meter.counter('orders_total', 1, { exchange: 'mexc', side: 'BUY' });
  parentPort!.postMessage({ calls, seconds: (nanos() - start) / 1e9 });
}

async function serve(memory: SharedArrayBuffer): Promise<void> {
  const collector = new SeriesCollector({ cardinalityLimit: SCRAPED_SERIES });
  collector.addBlock('main', memory);
  const exporter = new MetricsPage([new SeriesProducer(collector)]);
  const backend = new PrometheusBackend({
    source: { families: () => exporter.families(), onConflict: () => {} },
    host: '127.0.0.1',
    port: 0,
    endpoint: '/metrics',
    account: new MetricsAccount(new BackendCounters(new SharedArrayBuffer(countersBytes(1)), 0)),
  });
  await backend.start();
  parentPort!.on('message', () => {});
  parentPort!.postMessage(backend.port);
}

async function measure(millis: number, rounds: number, scrapes: number) {
  const one: number[] = [];
  const two: number[] = [];
  const proof: string[] = [];
  for (let round = 0; round < rounds; round++) {
    one.push(await rateOf(1, millis, proof));
    two.push(await rateOf(2, millis, proof));
  }
  const scrape = await scrapeTimes(scrapes);
  return {
    figures: [
      { name: 'one producer thread', unit: 'calls/s', better: 'higher', samples: one },
      { name: 'two producer threads, one counter', unit: 'calls/s', better: 'higher', samples: two },
      { name: 'two in terms of one', unit: '×', better: 'higher', samples: two.map((rate, i) => rate / one[i]!), target: 1.5 },
      { name: `scrape of ${scrape.series} series, over HTTP`, unit: 'ms', better: 'lower', samples: scrape.millis, target: 100 },
      { name: 'event-loop delay, p99, while scraped', unit: 'ms', better: 'lower', samples: [scrape.delayMillis] },
      { name: 'event-loop delay, p99, without', unit: 'ms', better: 'lower', samples: [scrape.idleDelayMillis] },
    ],
    proof: [...new Set(proof), prove(scrape.series >= SCRAPED_SERIES, `each page had ${scrape.series} samples`)],
  } as const;
}

/** Calls per second of so many threads together; what the collector reads is compared with what they say they made. */
async function rateOf(threads: number, millis: number, proof: string[]): Promise<number> {
  const collector = new SeriesCollector();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: threads }, (_, i) => {
    const memory = new SharedArrayBuffer(4096);
    collector.addBlock(`${i}`, memory);
    return new Worker(new URL(import.meta.url), { workerData: { role: 'producer', memory, signal } satisfies Role });
  });
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
  const results = workers.map(
    (worker) => new Promise<{ calls: number; seconds: number }>((resolve) => worker.once('message', resolve)),
  );
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
  await sleep(millis);
  Atomics.store(signal, 0, 2);
  const made = await Promise.all(results);
  await Promise.all(workers.map((worker) => worker.terminate()));
  const counted = collector.collect().instruments.find(({ definition }) => definition.name === 'orders_total')!.series[0]!.value;
  const calls = made.reduce((sum, one) => sum + one.calls, 0);
  prove(counted === calls, `the collector counted ${counted} of ${calls} calls`);
  proof.push(`${threads} thread${threads === 1 ? '' : 's'}: the collector's sum was that of the calls, exactly`);
  return made.reduce((sum, one) => sum + one.calls / one.seconds, 0);
}

async function scrapeTimes(
  scrapes: number,
): Promise<{ series: number; millis: number[]; delayMillis: number; idleDelayMillis: number }> {
  const memory = new SharedArrayBuffer(1024 * 1024);
  const room = new Worker(new URL(import.meta.url), {
    workerData: { role: 'room', memory, signal: new Int32Array(1) } satisfies Role,
  });
  const port = await new Promise<number>((resolve) => room.once('message', resolve));
  const table = new SeriesTable(memory, { grow: () => undefined, announce: () => {} });
  const meter = new SeriesMeter({ table, cardinalityLimit: SCRAPED_SERIES });
  for (let i = 0; i < 7_500; i++) meter.counter('orders_total', 1, { exchange: 'mexc', symbol: `SYMBOL-${i}` });
  for (let i = 0; i < 100; i++) meter.metric('order_duration_us', 1 + i, { exchange: 'mexc', symbol: `SYMBOL-${i}` });
  // The scraper is a process's own worker in the same way: what it costs is not the application's.
  const page = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { 'accept-encoding': 'identity' } })).text();
  const series = (await page()).split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  const millis: number[] = [];
  for (let i = 0; i < scrapes; i++) {
    const start = nanos();
    await page();
    millis.push((nanos() - start) / 1e6);
  }
  const idle = monitorEventLoopDelay({ resolution: 1 });
  idle.enable();
  await sleep(500);
  idle.disable();
  const busy = monitorEventLoopDelay({ resolution: 1 });
  // Asked by another process, so that nothing of the request is done here.
  const { spawn } = await import('node:child_process');
  const client = spawn(process.execPath, [
    '-e',
    `(async () => { for (let i = 0; i < ${scrapes}; i++) await (await fetch('http://127.0.0.1:${port}/metrics')).text(); })()`,
  ]);
  busy.enable();
  await new Promise((resolve) => client.once('exit', resolve));
  busy.disable();
  await room.terminate();
  return { series, millis, delayMillis: busy.percentile(99) / 1e6, idleDelayMillis: idle.percentile(99) / 1e6 };
}
