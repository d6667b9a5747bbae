/**
 * The audit trail with its tree and checkpoints.
 *
 * `disk`: lines a second through the trail itself, 64 a batch, each batch synced, in turn with a trail that keeps no tree. `receipts`: an open loop of 10,000 calls a second,
 * each of which asks for a receipt from disk; its latency runs from the moment at which the call is due to the moment at which its promise is settled.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { beginTree } from '../../src/audit/run-tree/begin.ts';
import { AuditTrail } from '../../src/audit/trail.ts';
import { verifyTrail } from '../../src/audit/verify/verify.ts';
import { runAsync } from '../../src/files/steps.ts';
import { allocatorOf, SHARED_MEMORY } from '../../src/memory/allocator.ts';
import { allocateRun } from '../../src/memory/run.ts';
import { prove, runCase } from '../harness/case.ts';
import { nanos, sleep } from '../harness/clock.ts';
import { AUDIT_FILE, openPipeline } from '../harness/pipeline.ts';

const BATCH = 64;
const MIB = 1_048_576;
const PER_SECOND = 10_000;
/** Calls that are due are made so often: a service's event loop comes round at least that fast. */
const TURN_MILLIS = 1;

await runCase(async ({ parameter, directory, byEffort }) =>
  parameter === 'disk'
    ? disk(directory, byEffort(0.2, 1, 5), byEffort(1, 5, 9))
    : receipts(directory, byEffort(0.3, 2, 10), byEffort(1, 3, 5)),
);

async function disk(directory: string, seconds: number, rounds: number) {
  const [withTree, without] = [trailIn(directory, 'tree', true), trailIn(directory, 'plain', false)];
  const samples: Record<'withTree' | 'without', number[]> = { withTree: [], without: [] };
  for (let round = 0; round < rounds; round++) {
    samples.withTree.push(await withTree.round(seconds));
    samples.without.push(await without.round(seconds));
  }
  await runAsync(withTree.trail.end());
  const { size } = statSync(withTree.trail.path);
  const verified: number[] = [];
  const verify = async () => {
    const start = nanos();
    const report = await verifyTrail({ files: [withTree.trail.path] });
    verified.push(size / MIB / ((nanos() - start) / 1e9));
    return report;
  };
  const report = await verify();
  for (let round = 1; round < rounds; round++) await verify();
  const proof = [
    prove(report.ok && report.lines === withTree.lines(), `${withTree.lines()} lines stand in the file, without a fault`),
    prove(report.runs[0]?.proven === report.lines, `the last of ${report.runs[0]?.checkpoints} checkpoints covers all of them`),
  ];
  const unit = { unit: 'records/s', better: 'higher' } as const;
  return {
    figures: [
      { ...unit, name: 'audit lines → disk, tree and checkpoints, 64 a sync', samples: samples.withTree, target: 100_000 },
      { ...unit, name: '  without a tree', samples: samples.without },
      // 200 MB/s.
      {
        name: 'audit trail verified, one core',
        unit: 'MiB/s' as const,
        better: 'higher' as const,
        samples: verified,
        target: 191,
      },
    ],
    proof,
  };
}

function trailIn(directory: string, run: string, hasTree: boolean) {
  const target = { path: join(directory, `${run}.jsonl`), rotation: 'none' as const };
  const memory = allocateRun(allocatorOf(SHARED_MEMORY), run);
  beginTree(memory, target);
  const tree = { service: 'bench', instance: run, start: '5f1c9a02', run, signingKey: undefined };
  const trail = new AuditTrail({ target, memory, run, ...(hasTree && { tree }) });
  let lines = 0;
  const batch = () => {
    const all = Array.from(
      { length: BATCH },
      () =>
        `{"time":"2026-11-29T02:10:00.123456789Z","audit_seq":${++lines},"event":"order_placed","run":"${run}","symbol":"BTCUSDT","side":"BUY","qty":0.5,"price":${10_000 + (lines % 1_000)}}\n`,
    );
    return Buffer.from(all.join(''));
  };
  return {
    trail,
    lines: () => lines,
    async round(seconds: number): Promise<number> {
      const batches = Array.from({ length: 500 }, batch);
      const start = nanos();
      let written = 0;
      let tickAt = 1e9;
      // Lines are made in front of the clock; what is not written in this round is not counted by the next.
      for (const bytes of batches) {
        await runAsync(trail.write({ bytes, offset: 0 }));
        written += BATCH;
        const elapsed = nanos() - start;
        if (elapsed > tickAt) {
          await runAsync(trail.tick());
          tickAt += 1e9;
        }
        if (elapsed > seconds * 1e9) {
          lines -= BATCH * (batches.length - written / BATCH);
          break;
        }
      }
      return written / ((nanos() - start) / 1e9);
    },
  };
}

async function receipts(directory: string, seconds: number, rounds: number) {
  const pipeline = await openPipeline(directory);
  const { log } = pipeline;
  const calls = Math.round(PER_SECOND * seconds);
  let asked = 0;
  const round = async () => {
    const latencies = new Float64Array(calls);
    const settled: Promise<void>[] = [];
    const start = nanos();
    while (settled.length < calls) {
      const due = Math.min(calls, Math.floor(((nanos() - start) * PER_SECOND) / 1e9));
      for (let call = settled.length; call < due; call++) {
        const dueAt = start + (call * 1e9) / PER_SECOND;
        const receipt = log.auditReceipt('order_placed', { symbol: 'BTCUSDT', side: 'BUY', qty: 0.5, n: ++asked }, 'disk');
        settled.push(
          receipt.then(() => {
            latencies[call] = (nanos() - dueAt) / 1e6;
          }),
        );
      }
      await sleep(TURN_MILLIS);
    }
    await Promise.all(settled);
    return latencies.sort();
  };
  await round(); // compiles what is hot
  const all: Float64Array[] = [];
  for (let i = 0; i < rounds; i++) all.push(await round());
  await pipeline.close();
  const report = await verifyTrail({ files: [join(directory, AUDIT_FILE)] });
  const [run] = report.runs;
  const at = (share: number) => all.map((latencies) => latencies[Math.floor((latencies.length - 1) * share)]!);
  const millis = { unit: 'ms', better: 'lower' } as const;
  return {
    figures: [
      { ...millis, name: 'receipt from disk, 10,000 calls a second, 99 %', samples: at(0.99), target: 10 },
      { ...millis, name: '  half of them', samples: at(0.5) },
      { ...millis, name: '  the slowest', samples: at(1) },
    ],
    proof: [prove(report.ok && run?.events === asked && run.proven === run.lines, `${asked} receipts, and each event is proven`)],
  };
}
