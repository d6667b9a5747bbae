/**
 * What the production preset costs before it is used: the time to the first accepted record and to a worker that is ready, and the memory of a process
 * that rests on it. Each figure from fresh processes, the memory beside processes that do not import us.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { buildPackage, ROOT } from '../harness/built-package.ts';
import { prove, runCase } from '../harness/case.ts';
import type { Figure } from '../harness/figure.ts';

const CHILD = join(ROOT, 'bench/children/production.js');
const EMPTY_WORKER = join(ROOT, 'bench/children/empty-worker.js');
const MIB = 1_048_576;

interface StartReport {
  /** From the first line of the service, the import included, to the first record in its ring. */
  readonly acceptedMillis: number;
  /** … to a worker with its backends open. */
  readonly readyMillis: number;
  readonly accepted: number;
}

interface EmptyWorkerReport {
  readonly startMillis: number;
}

interface RestReport {
  readonly residentBytes: number;
  /** Without pages of files, which processes share; where the system does not tell (not Linux), all of it. */
  readonly privateBytes: number;
}

await runCase(async ({ directory, byEffort }) => {
  const frontDoor = await buildPackage();
  const starts = await repeat(byEffort(1, 9, 25), async () => ({
    ...(await service<StartReport>(CHILD, ['start', frontDoor, directory])),
    ...(await service<EmptyWorkerReport>(EMPTY_WORKER, [])),
  }));
  const resting = await repeat(byEffort(1, 3, 9), async () => ({
    with_: await service<RestReport>(CHILD, ['rest', frontDoor, directory]),
    without: await service<RestReport>(CHILD, ['rest', '', directory]),
  }));

  const millis = { unit: 'ms', better: 'lower' } as const;
  const mebibytes = { unit: 'MiB', better: 'lower' } as const;
  const added = (of: (report: RestReport) => number) => resting.map(({ with_, without }) => (of(with_) - of(without)) / MIB);
  const figures: Figure[] = [
    {
      ...millis,
      name: 'import + configure to the first accepted record',
      samples: starts.map(({ acceptedMillis }) => acceptedMillis),
      target: 60,
    },
    { ...millis, name: 'import + configure to ready', samples: starts.map(({ readyMillis }) => readyMillis), target: 100 },
    { ...millis, name: '  an empty worker, started', samples: starts.map(({ startMillis }) => startMillis) },
    {
      unit: '×',
      better: 'lower',
      name: '  to ready, of an empty worker',
      samples: starts.map(({ readyMillis, startMillis }) => readyMillis / startMillis),
      target: 3,
    },
    { ...mebibytes, name: 'resident memory added at rest', samples: added(({ residentBytes }) => residentBytes), target: 30 },
    {
      ...mebibytes,
      name: "  of it private (without pages of Node's own file)",
      samples: added(({ privateBytes }) => privateBytes),
    },
    { ...mebibytes, name: '  a process without us', samples: resting.map(({ without }) => without.residentBytes / MIB) },
  ];
  const proof = prove(
    starts.every(({ accepted }) => accepted === 1),
    `${starts.length} fresh processes, one record accepted in each`,
  );
  return { figures, proof: [proof, `${resting.length} fresh processes at rest with us, as many without`] };
});

async function repeat<T>(times: number, once: () => Promise<T>): Promise<T[]> {
  const reports: T[] = [];
  for (let i = 0; i < times; i++) reports.push(await once());
  return reports;
}

function service<T>(child: string, args: readonly string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    const process = fork(child, args, { execArgv: ['--expose-gc'] });
    let said: T | undefined;
    process.once('message', (message) => {
      said = message as T;
    });
    process.once('exit', (code) => {
      if (code === 0 && said !== undefined) resolve(said);
      else reject(new Error(`The service ended with code ${code}.`));
    });
  });
}
