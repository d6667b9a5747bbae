/**
 * One call at a time, 100,000 a second, in an open loop: each has a moment at which it is due, and its latency runs from that moment to its return,
 * so that a call which another one held up pays for it (no coordinated omission). Slices of the same loop without the call, in between, are the
 * noise floor: what the machine, the clock and the loop do to nobody's fault.
 */
import type { HFTLogger } from '../../src/caller/api.ts';
import { prove, runCase } from '../harness/case.ts';
import { nanos } from '../harness/clock.ts';
import type { Figure } from '../harness/figure.ts';
import { Latencies } from '../harness/latencies.ts';
import { openPipeline, proveDelivered } from '../harness/pipeline.ts';

const INTERVAL_NANOS = 10_000;
const PERCENTILES = [0.5, 0.99, 0.999, 0.9999] as const;

await runCase(async ({ directory, byEffort }) => {
  const pipeline = await openPipeline(directory);
  const sliceCalls = byEffort(2_000, 25_000);
  const slices = byEffort(1, 10, 40);
  const warmUp = new Latencies();
  for (let slice = 0; slice < 2; slice++) {
    callSlice(pipeline.log, sliceCalls, warmUp);
    emptySlice(sliceCalls, warmUp);
  }
  const calls = new Latencies();
  const empty = new Latencies();
  for (let slice = 0; slice < slices; slice++) {
    callSlice(pipeline.log, sliceCalls, calls);
    await pipeline.settle();
    emptySlice(sliceCalls, empty);
    await pipeline.settle();
  }
  const health = await pipeline.close();

  const figure = (name: string, value: (of: Latencies) => number, target?: number): Figure[] => {
    const common = { unit: 'µs', better: 'lower' } as const;
    return [
      {
        ...common,
        name: `latency at 100,000 calls/s, ${name}`,
        samples: [value(calls) / 1000],
        ...(target !== undefined && { target }),
      },
      { ...common, name: '  the same loop without the call', samples: [value(empty) / 1000] },
    ];
  };
  return {
    figures: [
      ...PERCENTILES.flatMap((share) =>
        figure(`p${share * 100}`, (of) => of.percentile(share), share === 0.9999 ? 20 : undefined),
      ),
      ...figure('max', ({ max }) => max),
    ],
    proof: [
      proveDelivered(health, 'logs', 'file', (slices + 2) * sliceCalls),
      prove(calls.count === slices * sliceCalls, `${calls.count} latencies of calls, ${empty.count} of the empty loop`),
    ],
  };
});

function callSlice(log: HFTLogger, calls: number, latencies: Latencies): void {
  let due = nanos();
  for (let i = 0; i < calls; i++) {
    due += INTERVAL_NANOS;
    while (nanos() < due);
    log.info('order placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, price: 100.5 + (i & 255) });
    latencies.record(nanos() - due);
  }
}

function emptySlice(calls: number, latencies: Latencies): void {
  let due = nanos();
  for (let i = 0; i < calls; i++) {
    due += INTERVAL_NANOS;
    while (nanos() < due);
    latencies.record(nanos() - due);
  }
}
