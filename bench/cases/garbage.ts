/**
 * What calls leave for the collector of garbage. Run with --expose-gc and a young generation large enough that none is collected during a chunk.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { Caller } from '../harness/bursts.ts';
import { prove, runCase } from '../harness/case.ts';
import { sleep } from '../harness/clock.ts';
import { fileBackends, openPipeline, proveDelivered } from '../harness/pipeline.ts';
import { literalsOnly, type Run, WORKLOADS } from '../workloads.ts';

/** At 72 bytes a call, a few megabytes: less than the young generation. */
const CHUNK_CALLS = 50_000;
/** An object of four fields is larger; a chunk that seems to have left less has had its garbage collected. */
const LEAST_LITERAL_BYTES = 40;
const MIB = 1_048_576;

const collectGarbage = globalThis.gc as () => void;

await runCase(async ({ directory, byEffort }) => {
  const { file, ...others } = fileBackends(directory);
  // A chunk is some 11 MB of lines, written faster than a disk takes them.
  const backends = { ...others, file: { ...(file as object), bufferBytes: 64 * MIB } };
  const pipeline = await openPipeline(directory, { ringBufferSize: 40_000, backends });
  const ours = new Caller(WORKLOADS.four.bind(pipeline.log));
  const literals = new Caller(literalsOnly());
  for (let warmUp = 0; warmUp < 4; warmUp++) {
    ours.make(CHUNK_CALLS);
    literals.make(CHUNK_CALLS);
    await pipeline.settle();
  }

  const chunks = byEffort(2, 9);
  const perCall: number[] = [];
  const perLiteral: number[] = [];
  for (let chunk = 0; chunk < chunks; chunk++) {
    perCall.push(allocatedPerCall(ours));
    await pipeline.settle();
    perLiteral.push(allocatedPerCall(literals));
  }

  const calls = byEffort(100_000, 2_000_000, 10_000_000);
  const withCalls = await collections((from, to) => ours.make(to - from), calls, pipeline.settle);
  const withLiterals = await collections((from, to) => literals.make(to - from), calls, pipeline.settle);
  const made = ours.made;
  const health = await pipeline.close();
  const million = calls / 1e6;
  const lower = { better: 'lower' } as const;
  return {
    figures: [
      {
        ...lower,
        name: 'garbage per call beyond its arguments',
        unit: 'B',
        samples: perCall.map((bytes, i) => bytes - perLiteral[i]),
        target: 1,
      },
      { ...lower, name: '  garbage of the arguments alone', unit: 'B', samples: perLiteral },
      { ...lower, name: `heap grown over ${million} M calls`, unit: 'MiB', samples: [withCalls.grownBytes / MIB], target: 1 },
      {
        ...lower,
        name: `GC pauses over ${million} M calls, longest`,
        unit: 'ms',
        samples: [withCalls.longestMillis],
        note: `${withCalls.count} in all`,
      },
      {
        ...lower,
        name: '  the same of the arguments alone',
        unit: 'ms',
        samples: [withLiterals.longestMillis],
        note: `${withLiterals.count} in all`,
      },
    ],
    proof: [
      proveDelivered(health, 'logs', 'file', made),
      prove(
        [...perCall, ...perLiteral].every((bytes) => bytes > LEAST_LITERAL_BYTES),
        'no collection ran inside a chunk',
      ),
    ],
  };
});

function allocatedPerCall(caller: Caller): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  caller.make(CHUNK_CALLS);
  return (process.memoryUsage().heapUsed - before) / CHUNK_CALLS;
}

interface Collections {
  readonly count: number;
  readonly longestMillis: number;
  readonly grownBytes: number;
}

/** Collections that ran by themselves during `calls` calls, and how much larger the heap is afterwards, garbage collected. */
async function collections(run: Run, calls: number, settle: () => Promise<void>): Promise<Collections> {
  const pauses: number[] = [];
  const observer = new PerformanceObserver((list) => pauses.push(...list.getEntries().map(({ duration }) => duration)));
  collectGarbage();
  await sleep(10);
  const before = process.memoryUsage().heapUsed;
  observer.observe({ entryTypes: ['gc'] });
  for (let made = 0; made < calls; made += CHUNK_CALLS) {
    run(made, made + CHUNK_CALLS);
    await settle();
  }
  await sleep(10);
  observer.disconnect();
  collectGarbage();
  const grownBytes = process.memoryUsage().heapUsed - before;
  return { count: pauses.length, longestMillis: Math.max(0, ...pauses), grownBytes };
}
