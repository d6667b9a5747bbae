/**
 * How late the application's timers are while it logs 100,000 times a second, beside the same application that only makes the objects. In turn in one
 * process; the worker runs and is idle in the turns without.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { runCase } from '../harness/case.ts';
import { nanos, sleep } from '../harness/clock.ts';
import type { Figure } from '../harness/figure.ts';
import { openPipeline, proveDelivered } from '../harness/pipeline.ts';
import { alternate } from '../harness/rounds.ts';
import { literalsOnly, type Run, WORKLOADS } from '../workloads.ts';

const CALLS_PER_SECOND = 100_000;

await runCase(async ({ directory, byEffort }) => {
  const pipeline = await openPipeline(directory);
  const millis = byEffort(100, 700, 3_000);
  let made = 0;
  const with_ = counting(WORKLOADS.four.bind(pipeline.log), (calls) => {
    made += calls;
  });
  const without = counting(literalsOnly(), () => {});
  const samples = await alternate(
    { with_: () => p99DelayMillis(with_, millis), without: () => p99DelayMillis(without, millis) },
    { rounds: byEffort(1, 4), warmUps: 1 },
  );
  await pipeline.settle();
  const health = await pipeline.close();
  const millisLower = { unit: 'ms', better: 'lower' } as const;
  const figures: Figure[] = [
    {
      ...millisLower,
      name: 'event-loop delay added at 100,000 calls/s, p99',
      samples: samples.with_.map((delay, round) => delay - samples.without[round]),
      target: 1,
    },
    { ...millisLower, name: '  with us', samples: samples.with_ },
    { ...millisLower, name: '  without', samples: samples.without },
  ];
  return { figures, proof: [proveDelivered(health, 'logs', 'file', made)] };
});

/** The run that goes on where it stopped. */
function counting(run: Run, onCalls: (calls: number) => void): (calls: number) => void {
  let made = 0;
  return (calls) => {
    run(made, made + calls);
    made += calls;
    onCalls(calls);
  };
}

/** 99th percentile of the delay of a 1 ms timer while `call` makes as many calls as are due, whenever the loop gets round to it. */
async function p99DelayMillis(call: (calls: number) => void, millis: number): Promise<number> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  const start = nanos();
  let made = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((nanos() - start) / 1e9) * CALLS_PER_SECOND);
    call(due - made);
    made = due;
  }, 1);
  await sleep(20);
  delays.enable();
  await sleep(millis);
  delays.disable();
  clearInterval(timer);
  // The timer's own millisecond is in what it reports.
  return delays.percentile(99) / 1e6 - 1;
}
