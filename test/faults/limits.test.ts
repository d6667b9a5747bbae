/**
 * K10: a process that may not open another file, or not write a longer one. Audit events are written all the same; what cannot be written is counted, to the
 * record.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Health } from '../../src/index.ts';
import { temporaryFolder } from '../support/child.ts';

const PROGRAM = fileURLToPath(new URL('./programs/limits.ts', import.meta.url));

/** Undefined where the limit does not even let the program start. */
async function healthUnder(limit: string, folder: string, records: number, waitsForWorker: boolean): Promise<Health | undefined> {
  const command = `ulimit ${limit} && exec "$0" "$@"`;
  const child = spawn('sh', ['-c', command, process.execPath, PROGRAM, folder, `${records}`, `${waitsForWorker}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return output.startsWith('{') ? (JSON.parse(output) as Health) : undefined;
}

/** Numbers `n` of the whole lines in the files of this name. */
function numbersIn(folder: string, name: string): number[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(name) && !file.endsWith('.checkpoints'))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1))
    .flatMap((line) => {
      try {
        return [(JSON.parse(line) as { n: number }).n];
      } catch {
        return []; // cut at the limit
      }
    })
    .sort((left, right) => left - right);
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

function expectExact({ backends, lanes }: Health, folder: string, records: number): void {
  const { file, audit } = backends;
  expect([...new Set(numbersIn(folder, 'audit'))]).toEqual(upTo(records));
  expect(audit).toMatchObject({ taken: records, delivered: records, droppedTotal: 0, pending: 0 });
  // A write that was under way when the time of the shutdown was over is given up, and may have been done.
  expect([file!.delivered, file!.delivered + (file!.dropped.shutdown ?? 0)]).toContain(numbersIn(folder, 'app').length);
  expect(file!.delivered + file!.droppedTotal + file!.pending + lanes.logs.pending).toBe(records);
}

test('K10: few file descriptors: every audit event is in the file, whatever of the rest found one', async () => {
  let ran = 0;
  for (let descriptors = 24; descriptors <= 36; descriptors += 1) {
    for (const waitsForWorker of [false, true]) {
      using folder = temporaryFolder();
      const health = await healthUnder(`-n ${descriptors}`, folder.path, 100, waitsForWorker);
      if (health === undefined) continue;
      ran++;
      expectExact(health, folder.path, 100);
    }
  }
  expect(ran).toBeGreaterThan(4);
}, 240_000);

test('K10: a limit on the length of files: audit events go on in further files, and of the log file’s what stands in it is counted as delivered', async () => {
  using folder = temporaryFolder();
  const health = await healthUnder('-f 64', folder.path, 1_000, true);
  expectExact(health!, folder.path, 1_000);
  expect(health!.backends.file!.dropped.shutdown).toBeGreaterThan(0);
  expect(readdirSync(folder.path).filter((name) => name.startsWith('audit')).length).toBeGreaterThan(2);
});
