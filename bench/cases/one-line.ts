/**
 * A program that logs one line and ends, or shuts down and ends: its whole wall time over that of the same program without us, in turn.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackage, ROOT } from '../harness/built-package.ts';
import { prove, runCase } from '../harness/case.ts';
import { alternate } from '../harness/rounds.ts';

const CHILD = join(ROOT, 'bench/children/one-line.js');

await runCase(async ({ directory, byEffort }) => {
  const frontDoor = await buildPackage();
  const run = (door: string, end: string) => () => {
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [CHILD, door, directory, end], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    prove(status === 0, `the program ended with ${status}: ${stderr}`);
    return performance.now() - started;
  };
  const rounds = { rounds: byEffort(2, 21, 51), warmUps: byEffort(0, 2) };
  const contenders = { ends: run(frontDoor, ''), shutsDown: run(frontDoor, 'shutdown'), without: run('', '') };
  const { ends, shutsDown, without } = await alternate(contenders, rounds);
  const millis = { unit: 'ms', better: 'lower' } as const;
  const over = (samples: readonly number[]) => samples.map((each, i) => each - without[i]);
  const lines = readFileSync(join(directory, 'one-line.jsonl'), 'utf8').split('\n').length - 1;
  const programs = 2 * (rounds.rounds + rounds.warmUps);
  return {
    figures: [
      { ...millis, name: 'program that logs one line, over the same without us', samples: over(ends), target: 60 },
      { ...millis, name: 'the same with await shutdownLogging()', samples: over(shutsDown), target: 60 },
      { ...millis, name: '  with us', samples: ends },
      { ...millis, name: '  with us and a shutdown', samples: shutsDown },
      { ...millis, name: '  without', samples: without },
    ],
    proof: [prove(lines === programs, `${programs} programs, as many lines`)],
  };
});
