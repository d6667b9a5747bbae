/**
 * Trails of real processes that had it bad: killed and recovered, killed and not recovered, on a disk that was full. No false alarm, and it is said up to where they are
 * proven. HFT_AUDIT_KILLS: how many processes are killed (default 1; each takes some five seconds).
 */
import { existsSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { formOf } from '../../src/audit/verify/line-form.ts';
import type { VerifyReport } from '../../src/audit/verify/report.ts';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { createLogging } from '../../src/index.ts';
import { smallDisk } from '../backends/file-support.ts';
import { killOnly, outputOf, start } from '../recovery/kill.ts';
import { temporaryFolder } from '../support/child.ts';
import { randomOf } from '../support/random.ts';
import { SEED } from '../support/seed.ts';

const KILLS = Number(process.env.HFT_AUDIT_KILLS ?? 1);

const faultsOf = ({ findings }: VerifyReport) => findings.filter(({ severity }) => severity === 'fault');
const linesOf = (path: string) => readFileSync(path, 'utf8').split('\n').length - 1;

test(`${KILLS} processes killed with SIGKILL: before the recovery the gap behind the last checkpoint is said, after it every line is proven and the run has its end`, {
  timeout: 600_000 + KILLS * 20_000,
}, async () => {
  const random = randomOf(SEED);
  for (let i = 0; i < KILLS; i++) {
    using folder = temporaryFolder();
    const killing = { folder: folder.path, threads: 1 + (i % 3), perSecond: [10_000, 1_000_000][i % 2]!, auditEvery: 2 };
    const path = join(folder.path, 'audit.jsonl');
    const until = () => existsSync(path) && linesOf(path) > 0;
    await killOnly({ ...killing, afterMillis: Math.floor(300 + random() * 2_500), until });

    const kinds = new Set<string>();
    const onLeaf = (_run: string, _index: number, line: Buffer) => void kinds.add(formOf(line).kind);
    const before = await verifyTrail({ files: [path], onLeaf });
    expect([i, faultsOf(before)]).toEqual([i, []]);
    const [dead] = before.runs;
    const said = new Map(before.findings.map(({ code, message }) => [code, message]));
    expect([i, dead!.hasEnded, said.has('NOT_ENDED')]).toEqual([i, false, dead!.checkpoints > 0]);
    if (dead!.checkpoints > 0 && dead!.proven < dead!.lines)
      expect(said.get('UNPROVEN')).toContain(`The last ${dead!.lines - dead!.proven} lines of the run`);

    const directory = join(folder.path, 'runs');
    await outputOf(start('recovering.ts', { folder: folder.path, directory }));
    const after = await verifyTrail({ files: [path], onLeaf });
    // Behind a last checkpoint a line in another form would be a fault.
    expect([i, kinds.has('event'), kinds.has('foreign')]).toEqual([i, true, false]);
    expect([i, faultsOf(after)]).toEqual([i, []]);
    const recovered = after.runs.find(({ run }) => run === dead!.run)!;
    // What the process had in its rings stands behind what it had written, and the last checkpoint has all of it.
    expect(recovered.lines).toBeGreaterThanOrEqual(dead!.lines);
    expect([i, recovered.proven, recovered.hasEnded]).toEqual([i, recovered.lines, true]);
    expect(after.lines).toBe(linesOf(path));
    expect(after.findings.map(({ code }) => code).filter((code) => code === 'UNPROVEN' || code === 'NOT_ENDED')).toEqual([]);
  }
});

test('a disk that is full for a while: no fault, and every line is proven once there was room', async (context) => {
  const disk = smallDisk(8 * 1_048_576);
  if (disk === undefined) return context.skip('mounting is not permitted');
  onTestFinished(() => disk.remove());
  const path = join(disk.path, 'audit.jsonl');
  const logging = createLogging({
    service: { name: 'full' },
    handleExits: false,
    diagnosticLevel: 'none',
    backends: { audit: { path, rotation: 'none' } },
  });
  const log = logging.getLogger('orders');
  let n = 0;
  const some = async (count: number) => {
    for (let i = 0; i < count; i++) log.audit('placed', { n: ++n });
    await logging.flush({ timeoutMillis: 200 });
  };
  for (let round = 0; round < 2; round++) {
    await some(200);
    const ballast = join(disk.path, 'ballast');
    writeFileSync(ballast, '');
    try {
      for (;;) writeFileSync(ballast, Buffer.alloc(1_024), { flag: 'a' });
    } catch {
      // Full.
    }
    await some(300);
    // Checkpoints are due, and there is no room for them.
    await sleep(1_200);
    await some(10);
    unlinkSync(ballast);
    expect(await logging.flush({ timeoutMillis: 30_000 })).toMatchObject({ complete: true });
  }
  await logging.shutdown();
  const report = await verifyTrail({ files: [path] });
  expect(faultsOf(report)).toEqual([]);
  expect(report.runs[0]).toMatchObject({ events: n, highestNumber: n, hasEnded: true, proven: report.runs[0]!.lines });
}, 120_000);
