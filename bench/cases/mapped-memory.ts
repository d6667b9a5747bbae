/**
 * What a log call costs when its ring lies in a file that outlives the process, beside the same call into shared memory: two instances with a worker each, in turn.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Bursts, Caller } from '../harness/bursts.ts';
import { prove, runCase } from '../harness/case.ts';
import { ratios } from '../harness/figure.ts';
import { openPipeline, proveDelivered } from '../harness/pipeline.ts';
import { alternate } from '../harness/rounds.ts';
import { WORKLOADS } from '../workloads.ts';

await runCase(async (settings) => {
  const pipelineIn = (name: string, enabled: boolean) => {
    const directory = join(settings.directory, name);
    mkdirSync(directory, { recursive: true });
    return openPipeline(directory, { persistence: { enabled, directory: join(directory, 'runs') } });
  };
  const pipelines = { shared: await pipelineIn('shared', false), mapped: await pipelineIn('mapped', true) };
  const { kind, reason } = pipelines.mapped.logging.health().memory;
  prove(kind === 'mapped', `memory is mapped${reason === undefined ? '' : `: ${reason}`}`);
  const callers = {
    shared: new Caller(WORKLOADS.four.bind(pipelines.shared.log)),
    mapped: new Caller(WORKLOADS.four.bind(pipelines.mapped.log)),
  };
  const burstsOf = (settle: () => Promise<void>): Bursts => ({ burstCalls: 5_000, bursts: settings.byEffort(2, 16), settle });
  const samples = await alternate(
    {
      shared: () => callers.shared.round(burstsOf(pipelines.shared.settle)),
      mapped: () => callers.mapped.round(burstsOf(pipelines.mapped.settle)),
    },
    { rounds: settings.byEffort(2, 9, 25), warmUps: settings.byEffort(1, 3) },
  );
  const proof = [
    proveDelivered(await pipelines.shared.close(), 'logs', 'file', callers.shared.made),
    proveDelivered(await pipelines.mapped.close(), 'logs', 'file', callers.mapped.made),
  ];
  return {
    figures: [
      {
        name: 'log call in memory that outlives the process, of one in shared memory',
        unit: '×',
        better: 'lower',
        samples: ratios(samples.mapped, samples.shared),
        target: 1.05,
      },
    ],
    proof,
  };
});
