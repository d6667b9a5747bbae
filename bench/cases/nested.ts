/**
 * Records with nested values beside pino's, in turn in one process: both write JSON lines into the same directory, ours through a worker, pino inside the
 * call. What a value costs its caller does not end with the call for pino's asynchronous modes; so it is the synchronous one that we stand beside.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { pino } from 'pino';
import type { HFTLogger } from '../../src/caller/api.ts';
import { openBareLane } from '../harness/bare-lane.ts';
import { Caller } from '../harness/bursts.ts';
import { prove, runCase } from '../harness/case.ts';
import { nanos } from '../harness/clock.ts';
import { type Figure, median, ratios } from '../harness/figure.ts';
import { readLines } from '../harness/lines.ts';
import { LOG_FILE, openPipeline, proveDelivered } from '../harness/pipeline.ts';
import { alternate } from '../harness/rounds.ts';
import { NESTED } from '../nested-values.ts';
import type { Run } from '../workloads.ts';

await runCase(async ({ directory, byEffort, parameter }) => {
  const { name, fields, burstCalls, ofPino, micros, asJson } = NESTED[parameter];
  const pipeline = await openPipeline(directory, { ringBufferSize: 20_000 });
  const ours = new Caller(ourRun(pipeline.log, fields));
  const pinoFile = join(directory, 'pino.jsonl');
  const pinos = new Caller(pinoRun(pinoFile, fields));
  const bare = openBareLane(20_000);
  const bareCalls = new Caller(bareRun(bare.log, fields));
  const bursts = { burstCalls, bursts: byEffort(1, 5) };
  const samples = await alternate(
    {
      ours: () => ours.round({ ...bursts, settle: pipeline.settle }),
      bare: () => bareCalls.round({ ...bursts, settle: () => bare.rewind('logs') }),
      pino: () => pinos.round({ ...bursts, settle: () => {} }),
      each: () => (micros === undefined ? 0 : medianCall(ours, bursts, pipeline.settle)),
    },
    { rounds: byEffort(2, 15, 31), warmUps: byEffort(1, 10) },
  );
  const health = await pipeline.close();

  const micro = (all: readonly number[]) => all.map((nanos) => nanos / 1_000);
  const inMicros = { unit: 'µs', better: 'lower' } as const;
  const figures: Figure[] = [
    {
      unit: '×',
      better: 'lower',
      name: `${name}, of pino synchronous to a file`,
      samples: ratios(samples.ours, samples.pino),
      ...(ofPino !== undefined && { target: ofPino }),
    },
    { ...inMicros, name: `  ${name}`, samples: micro(samples.ours), ...(micros !== undefined && { target: micros }) },
    // On a busy machine the worker takes the caller's core in the middle of a burst: the mean of its calls then has the worker's work in it.
    ...(micros === undefined ? [] : [{ ...inMicros, name: '  its median call', samples: micro(samples.each), target: micros }]),
    { ...inMicros, name: '  of it without a worker (ring stays in cache)', samples: micro(samples.bare) },
    { ...inMicros, name: '  pino', samples: micro(samples.pino) },
  ];
  const lines = readLines(join(directory, LOG_FILE));
  const wanted = JSON.parse(JSON.stringify(fields)) as Record<string, unknown>;
  const last = lines[lines.length - 1];
  const pinoLines = readFileSync(pinoFile).reduce((count, byte) => count + Number(byte === 10), 0);
  return {
    figures,
    proof: [
      proveDelivered(health, 'logs', 'file', ours.made),
      prove(pinoLines === pinos.made, `pino: ${pinos.made} calls, as many lines`),
      prove(
        !asJson || lines.every((line) => Object.keys(wanted).every((key) => isDeepStrictEqual(line[key], wanted[key]))),
        `${asJson ? lines.length : 0} lines read back and compared, value by value`,
      ),
      prove(last.seq === ours.made, `the last line is that of call ${ours.made}`),
    ],
  };
});

/** The median of single calls in bursts, ns. */
async function medianCall(
  caller: Caller,
  { burstCalls, bursts }: { readonly burstCalls: number; readonly bursts: number },
  settle: () => Promise<void>,
): Promise<number> {
  const all: number[] = [];
  for (let burst = 0; burst < bursts; burst++) {
    for (let i = 0; i < burstCalls; i++) {
      const start = nanos();
      caller.make(1);
      all.push(nanos() - start);
    }
    await settle();
  }
  return median(all);
}

function ourRun(log: HFTLogger, fields: object): Run {
  return (from, to) => {
    for (let i = from; i < to; i++) log.info('market data', fields);
  };
}

/** The same call from a place of its own: what the compiler learns of one must not meet the other. */
function bareRun(log: HFTLogger, fields: object): Run {
  return (from, to) => {
    for (let i = from; i < to; i++) log.warning('market data', fields);
  };
}

function pinoRun(path: string, fields: object): Run {
  const log = pino({ level: 'info' }, pino.destination({ dest: path, sync: true }));
  return (from, to) => {
    for (let i = from; i < to; i++) log.info(fields, 'market data');
  };
}
