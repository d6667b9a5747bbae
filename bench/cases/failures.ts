/**
 * What a service pays for what has gone wrong: a start that finds the full rings of a killed process, beside a plain start, in turn; and an exit while the
 * collector is away, from `process.exit` to the end of the process.
 */
import { fork, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackage, ROOT } from '../harness/built-package.ts';
import { prove, runCase } from '../harness/case.ts';
import { ratios } from '../harness/figure.ts';

const CHILD = join(ROOT, 'bench/children/failures.js');

interface StartReport {
  readonly readyMillis: number;
  readonly recoveredMillis: number;
  readonly recovered: { readonly runs: number; readonly logs: number; readonly encoded: number };
}

await runCase(async ({ directory, byEffort }) => {
  const frontDoor = await buildPackage();
  const folderOf = (name: string) => {
    const path = join(directory, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const [plain, dead] = [folderOf('plain'), folderOf('dead')];
  const starts: { plain: StartReport; dead: StartReport }[] = [];
  for (let i = 0; i < byEffort(1, 9, 25); i++) {
    spawnSync(process.execPath, [CHILD, 'fill', frontDoor, dead], { stdio: 'ignore' });
    prove(readdirSync(join(dead, 'runs')).length === 1, 'a killed process has left its run');
    starts.push({ plain: await start(frontDoor, plain), dead: await start(frontDoor, dead) });
  }
  const exits = Array.from({ length: byEffort(1, 5, 15) }, (_, i) => exitMillis(frontDoor, folderOf(`exit-${i}`)));
  const ready = (which: 'plain' | 'dead') => starts.map((each) => each[which].readyMillis);
  const millis = { unit: 'ms', better: 'lower' } as const;
  const recovered = starts.map(({ dead: { recovered: of } }) => of.logs + of.encoded);
  return {
    figures: [
      {
        name: 'start to ready with a dead run of full rings, of a plain start',
        unit: '×',
        better: 'lower',
        samples: ratios(ready('dead'), ready('plain')),
        target: 1.2,
      },
      { ...millis, name: '  a plain start to ready', samples: ready('plain') },
      { ...millis, name: '  everything recovered, from the start', samples: starts.map((each) => each.dead.recoveredMillis) },
      { ...millis, name: 'exit with an open circuit', samples: exits, target: 300 },
    ],
    proof: [
      prove(
        starts.every(
          ({ plain: one, dead: other }, i) => one.recovered.runs === 0 && other.recovered.runs === 1 && recovered[i] > 10_000,
        ),
        `one dead run in each start that was to find one: ${recovered.join(', ')} records`,
      ),
    ],
  };
});

function start(frontDoor: string, directory: string): Promise<StartReport> {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, ['start', frontDoor, directory]);
    let said: StartReport | undefined;
    child.once('message', (message) => {
      said = message as StartReport;
    });
    child.once('exit', (code) => {
      if (code === 0 && said !== undefined) resolve(said);
      else reject(new Error(`The service ended with code ${code}.`));
    });
  });
}

function exitMillis(frontDoor: string, directory: string): number {
  const { status, stdout } = spawnSync(process.execPath, [CHILD, 'exit', frontDoor, directory], { encoding: 'utf8' });
  const endedNanos = process.hrtime.bigint();
  prove(status === 0 && readdirSync(join(directory, 'spool')).length > 0, 'an exit has left records in its spool');
  return Number(endedNanos - BigInt(stdout)) / 1e6;
}
