/**
 * What a call costs its caller, all in: from the object literal to the commit, through the public API, while a real worker drains, encodes JSON lines
 * and writes them to a file. One workload a process.
 */
import { join } from 'node:path';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { openBareLane } from '../harness/bare-lane.ts';
import { type Bursts, Caller } from '../harness/bursts.ts';
import { type CaseSettings, prove, runCase } from '../harness/case.ts';
import { type CaseReport, type Figure, ratios } from '../harness/figure.ts';
import { proveLines, readLines } from '../harness/lines.ts';
import { AUDIT_FILE, LOG_FILE, openPipeline, proveDelivered } from '../harness/pipeline.ts';
import { alternate, type Round } from '../harness/rounds.ts';
import { literalsOnly, WORKLOADS, type WorkloadName } from '../workloads.ts';

interface CallCase {
  readonly workload: WorkloadName;
  readonly name: string;
  /** ns, median. */
  readonly target: number;
  readonly inSpan?: true;
}

const CASES: Readonly<Record<string, CallCase>> = {
  four: { workload: 'four', name: 'log call, 4 fields', target: 60 },
  none: { workload: 'none', name: 'log call, no fields', target: 45 },
  eight: { workload: 'eight', name: 'log call, 8 fields', target: 75 },
  'unique-id': { workload: 'uniqueId', name: 'log call, 4 fields, one a unique id', target: 80 },
  shapes: { workload: 'shapes', name: 'log call, 30 messages and shapes in turn', target: 110 },
  'unique-message': { workload: 'uniqueMessage', name: 'log call, unique message, 4 fields', target: 320 },
  span: { workload: 'four', name: 'log call, 4 fields, inside an active span', target: 75, inSpan: true },
  'no-code-generation': { workload: 'four', name: 'log call, 4 fields, code generation forbidden', target: 170 },
  disabled: { workload: 'disabled', name: 'log call, level disabled', target: 3 },
  child: { workload: 'child', name: "child logger's call, 4 fields", target: 60 },
  audit: { workload: 'audit', name: 'audit(), 4 fields', target: 100 },
};

await runCase(async (settings) => {
  const callCase = CASES[settings.parameter];
  if (callCase.inSpan !== true) return measure(callCase, settings);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  const span = trace.wrapSpanContext({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: 1,
  });
  return context.with(trace.setSpan(context.active(), span), () => measure(callCase, settings));
});

async function measure({ workload: name, target, ...callCase }: CallCase, settings: CaseSettings): Promise<CaseReport> {
  const pipeline = await openPipeline(settings.directory);
  const { log } = pipeline;
  const workload = WORKLOADS[name];
  const caller = new Caller(workload.bind(name === 'child' ? log.withContext({ strategy: 'market_maker' }) : log));
  const bursts: Bursts = { burstCalls: 5_000, bursts: settings.byEffort(2, 16), settle: pipeline.settle };
  const parent = new Caller(WORKLOADS.four.bind(log));
  const contenders: Record<string, Round> = {};
  // The parent first: the last lines of the file are the child's.
  if (name === 'child') contenders.parent = () => parent.round(bursts);
  contenders.call = () => caller.round(bursts);
  if (settings.parameter === 'four') addFloors(contenders, bursts);

  const samples = await alternate(contenders, { rounds: settings.byEffort(2, 9, 25), warmUps: settings.byEffort(1, 3) });
  const health = await pipeline.close();

  const figures: Figure[] = [{ name: callCase.name, unit: 'ns', better: 'lower', samples: samples.call, target }];
  if (samples.parent !== undefined) {
    const samplesOfChild = ratios(samples.call, samples.parent);
    figures.push({
      name: "child logger's call, of its parent's",
      unit: '×',
      better: 'lower',
      samples: samplesOfChild,
      target: 1.05,
    });
  }
  if (samples.bare !== undefined) {
    const reference = { unit: 'ns', better: 'lower' } as const;
    figures[0] = { ...figures[0], note: 'seed: 1,160 ns' };
    figures.push({ name: '  of it without a worker (ring stays in cache)', samples: samples.bare, ...reference });
    figures.push({ name: '  of it loop and object literal', samples: samples.literals, ...reference });
  }
  const lane = name === 'audit' ? 'audit' : 'logs';
  const calls = caller.made + parent.made;
  if (name === 'disabled')
    return { figures, proof: [prove(health.lanes.logs.accepted === 0, `${calls} disabled calls wrote no record`)] };
  const proof = [proveDelivered(health, lane, lane === 'audit' ? 'audit' : 'file', calls)];
  // Two callers share the numbers in the child's case.
  const lines = readLines(join(settings.directory, lane === 'audit' ? AUDIT_FILE : LOG_FILE));
  if (name !== 'child') proof.push(proveLines(lines, calls, workload.expected));
  if (callCase.inSpan === true)
    proof.push(
      prove(
        lines.every((line) => line.trace_id === '0af7651916cd43dd8448eb211c80319c'),
        'each line has the trace id',
      ),
    );
  if (name === 'child')
    proof.push(
      prove(
        lines.some((line) => line.strategy === 'market_maker'),
        "the child's lines have its context",
      ),
    );
  return { figures, proof };
}

/** The same call where the ring never leaves the cache, and the same loop without a call. */
function addFloors(contenders: Record<string, Round>, bursts: Bursts): void {
  const lane = openBareLane();
  const bare = new Caller(WORKLOADS.child.bind(lane.log));
  const literals = new Caller(literalsOnly());
  contenders.bare = () => bare.round({ ...bursts, settle: () => lane.rewind('logs') });
  contenders.literals = () => literals.round({ ...bursts, settle: () => {} });
}
