/**
 * A call that comes after something else: 1 ms of other work over 16 MiB of memory, then one call, timed alone. What a loop keeps in the processor's caches
 * (code, shapes, the ring's next lines) has to be fetched again. All contenders in turn, a call of each in every turn, so that what disturbs the machine meets all.
 */
import { join } from 'node:path';
import { SeverityNumber } from '@opentelemetry/api';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import { pino } from 'pino';
import { prove, runCase } from '../harness/case.ts';
import { nanos } from '../harness/clock.ts';
import type { Figure } from '../harness/figure.ts';
import { Latencies } from '../harness/latencies.ts';
import { OtherWork } from '../harness/other-work.ts';
import { openPipeline, proveDelivered } from '../harness/pipeline.ts';

const PERCENTILES = [0.5, 0.99] as const;

await runCase(async ({ directory, byEffort }) => {
  const turns = byEffort(20, 1_000, 4_000);
  const pipeline = await openPipeline(directory);
  const { log } = pipeline;
  const rival = pino({ level: 'info' }, pino.destination({ dest: join(directory, 'pino.jsonl'), sync: true }));
  const emitted = { count: 0 };
  const sdk = new LoggerProvider({
    processors: [{ onEmit: () => void emitted.count++, forceFlush: async () => {}, shutdown: async () => {} }],
  }).getLogger('exchange.mexc.private.ws');
  const price = (i: number) => 100.5 + (i & 255);
  const calls = {
    log: (i: number) => log.info('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: price(i) }),
    audit: (i: number) => log.audit('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: price(i) }),
    counter: (_: number) => log.counter('orders', 1, { exchange: 'mexc', side: 'BUY' }),
    pino: (i: number) => rival.info({ symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: price(i) }, 'order placed'),
    emit: (i: number) =>
      sdk.emit({
        severityNumber: SeverityNumber.INFO,
        severityText: 'INFO',
        body: 'order placed',
        attributes: { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: price(i) },
      }),
    nothing: (_: number) => {},
  };
  type Name = keyof typeof calls;
  const names = Object.keys(calls) as Name[];
  // As hot as a service's code gets: cold are the caches, not the compiler.
  for (const name of names) for (let i = 0; i < 20_000; i++) calls[name](i);
  const warmUps = 20_000;
  await pipeline.settle();

  const work = new OtherWork();
  const latencies = Object.fromEntries(names.map((name) => [name, new Latencies()])) as Record<Name, Latencies>;
  for (let turn = 0; turn < turns; turn++) {
    for (const name of names) {
      const call = calls[name];
      work.run();
      const start = nanos();
      call(turn);
      latencies[name].record(nanos() - start);
    }
    if (turn % 64 === 63) await pipeline.settle();
  }
  const health = await pipeline.close();

  const micros = (name: Name, share: number) => latencies[name].percentile(share) / 1_000;
  const inMicros = { unit: 'µs', better: 'lower' } as const;
  const times = { unit: '×', better: 'lower' } as const;
  const figure = (label: string, name: Name, targets: readonly (number | undefined)[]): Figure[] =>
    PERCENTILES.map((share, i) => ({
      ...inMicros,
      name: `${label}, p${share * 100}`,
      samples: [micros(name, share)],
      ...(targets[i] !== undefined && { target: targets[i] }),
    }));
  return {
    figures: [
      ...figure('cold log call, 4 fields', 'log', [3, 15]),
      { ...times, name: '  of pino, p50', samples: [micros('log', 0.5) / micros('pino', 0.5)], target: 1 / 20 },
      { ...times, name: "  of the OTel SDK's emit, p50", samples: [micros('log', 0.5) / micros('emit', 0.5)], target: 1 / 6 },
      ...figure('cold audit call, 4 fields', 'audit', [3, 15]),
      ...figure('cold counter, 2 tags', 'counter', [1.5, undefined]),
      ...figure('  pino', 'pino', []),
      ...figure("  OTel SDK's emit", 'emit', []),
      ...figure('  nothing', 'nothing', []),
    ],
    proof: [
      proveDelivered(health, 'logs', 'file', warmUps + turns),
      proveDelivered(health, 'audit', 'audit', warmUps + turns),
      prove(emitted.count === warmUps + turns, `the SDK's processor was handed ${emitted.count} records`),
      prove(work.sum !== 0, 'the other work was done'),
    ],
  };
});
