/**
 * What a black box costs: a written call where one is configured, and a call below the level that it keeps, beside a written call without one. Three instances
 * with a worker each, in turn.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Bursts, Caller } from '../harness/bursts.ts';
import { prove, runCase } from '../harness/case.ts';
import { ratios } from '../harness/figure.ts';
import { openPipeline, type PipelineOptions, proveDelivered } from '../harness/pipeline.ts';
import { alternate } from '../harness/rounds.ts';
import { WORKLOADS } from '../workloads.ts';

const RECORDS = 1_000;

await runCase(async (settings) => {
  const pipelineIn = (name: string, options: PipelineOptions) => {
    const directory = join(settings.directory, name);
    mkdirSync(directory, { recursive: true });
    return openPipeline(directory, options);
  };
  const blackBox = { records: RECORDS };
  const pipelines = {
    plain: await pipelineIn('plain', {}),
    written: await pipelineIn('written', { blackBox }),
    kept: await pipelineIn('kept', { blackBox, level: 'warning' }),
  };
  const callers = {
    plain: new Caller(WORKLOADS.four.bind(pipelines.plain.log)),
    written: new Caller(WORKLOADS.four.bind(pipelines.written.log)),
    kept: new Caller(WORKLOADS.four.bind(pipelines.kept.log)),
  };
  const round = (name: keyof typeof pipelines) => () => {
    const bursts: Bursts = { burstCalls: 5_000, bursts: settings.byEffort(2, 16), settle: pipelines[name].settle };
    return callers[name].round(bursts);
  };
  const samples = await alternate(
    { plain: round('plain'), written: round('written'), kept: round('kept') },
    { rounds: settings.byEffort(2, 9, 25), warmUps: settings.byEffort(1, 3) },
  );
  pipelines.kept.log.error('brings what is kept');
  const proof = [
    proveDelivered(await pipelines.plain.close(), 'logs', 'file', callers.plain.made),
    proveDelivered(await pipelines.written.close(), 'logs', 'file', callers.written.made),
    proveDelivered(await pipelines.kept.close(), 'logs', 'file', RECORDS + 1),
  ];
  prove(callers.kept.made > RECORDS, 'more calls were kept than the box holds');
  return {
    figures: [
      {
        name: 'written log call with a black box, of one without',
        unit: '×',
        better: 'lower',
        samples: ratios(samples.written, samples.plain),
        target: 1.05,
      },
      {
        name: 'log call that a black box keeps, of one that is written',
        unit: '×',
        better: 'lower',
        samples: ratios(samples.kept, samples.plain),
        target: 1.2,
      },
    ],
    proof,
  };
});
