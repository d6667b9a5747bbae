/**
 * What the production preset costs before it is used: the time to the first accepted record and to a worker that is ready (`start`), and the resident
 * memory of a process that rests on it (`rest`). Each figure from fresh processes, beside ones that do not import us.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RestReport, StartReport } from '../children/production.ts';
import { buildPackage } from '../harness/built-package.ts';
import { prove, runCase } from '../harness/case.ts';

const CHILD = fileURLToPath(new URL('../children/production.ts', import.meta.url));
const MIB = 1_048_576;

await runCase(async ({ parameter, directory, byEffort }) => {
  const frontDoor = buildPackage();
  const run = <T>(entry: string) =>
    new Promise<T>((resolve, reject) => {
      const child = fork(CHILD, [entry, directory, parameter], { execArgv: ['--expose-gc'] });
      let said: T | undefined;
      child.once('message', (message) => {
        said = message as T;
      });
      child.once('exit', (code) => (code === 0 && said !== undefined ? resolve(said) : reject(new Error(`The service ended with code ${code}.`))));
    });
  const repeat = async <T>(times: number, entry: string) => {
    const reports: T[] = [];
    for (let i = 0; i < times; i++) reports.push(await run<T>(entry));
    return reports;
  };

  if (parameter === 'start') {
    const reports = await repeat<StartReport>(byEffort(1, 9, 25), frontDoor);
    const millis = { unit: 'ms', better: 'lower' } as const;
    return {
      figures: [
        { ...millis, name: 'import + configure to the first accepted record', samples: reports.map(({ acceptedMillis }) => acceptedMillis), target: 60 },
        { ...millis, name: 'import + configure to ready', samples: reports.map(({ readyMillis }) => readyMillis), target: 100 },
      ],
      proof: [prove(reports.every(({ accepted }) => accepted === 1), `${reports.length} fresh processes, one record accepted in each`)],
    };
  }

  const times = byEffort(1, 5, 11);
  const with_ = await repeat<RestReport>(times, frontDoor);
  const without = await repeat<RestReport>(times, '');
  const resident = (reports: RestReport[]) => reports.map(({ residentBytes }) => residentBytes / MIB);
  const mebibytes = { unit: 'MiB', better: 'lower' } as const;
  const added = resident(with_).map((bytes, i) => bytes - resident(without)[i]);
  return {
    figures: [
      { ...mebibytes, name: 'resident memory added by the production preset, at rest', samples: added, target: 40 },
      { ...mebibytes, name: '  a process without us', samples: resident(without) },
    ],
    proof: [`${times} fresh processes with, ${times} without`],
  };
});
