/**
 * A JSON file that only grows, so that every page is new to the page cache, beside a plain loop of `writeSync` that writes the same bytes in pieces of
 * 1 MiB: the kernel's price of new pages is the bound, and both pay it. In turn, each into a file of its own that is deleted before the next.
 */
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Caller } from '../harness/bursts.ts';
import { prove, runCase } from '../harness/case.ts';
import { nanos, sleepSync } from '../harness/clock.ts';
import { ratios } from '../harness/figure.ts';
import { proveLines, readLines } from '../harness/lines.ts';
import { LOG_FILE, openPipeline, proveDelivered } from '../harness/pipeline.ts';
import { alternate } from '../harness/rounds.ts';
import { WORKLOADS } from '../workloads.ts';

const MIB = 1_048_576;
const PIECE_BYTES = MIB;
const SLICE_CALLS = 2_000;
/** Records that may wait, in the ring and for the disk: the producer goes no faster than the file. */
const MOST_WAITING = 60_000;

await runCase(async ({ directory, byEffort }) => {
  const path = join(directory, LOG_FILE);
  const pipeline = await openPipeline(directory, {
    ringBufferSize: 100_000,
    backends: { file: { path, format: 'json', level: 'debug', bufferBytes: 64 * MIB } },
  });
  const caller = new Caller(WORKLOADS.four.bind(pipeline.log));
  const calls = byEffort(20_000, 1_000_000, 5_000_000);
  const waiting = () => {
    const { lanes, backends } = pipeline.logging.health();
    return lanes.logs.pending + backends.file.pending;
  };

  let bytes = 0;
  const ours = async () => {
    rmSync(path, { force: true });
    await pipeline.logging.flush();
    const start = nanos();
    for (let made = 0; made < calls; made += SLICE_CALLS) {
      while (waiting() > MOST_WAITING) sleepSync(0.2);
      caller.make(SLICE_CALLS);
    }
    await pipeline.logging.flush();
    const seconds = (nanos() - start) / 1e9;
    bytes = statSync(path).size;
    return bytes / MIB / seconds;
  };
  const plain = async () => {
    const plainPath = join(directory, 'plain.jsonl');
    const piece = Buffer.alloc(PIECE_BYTES, 'x');
    const start = nanos();
    const file = openSync(plainPath, 'a');
    for (let written = 0; written < bytes; ) written += writeSync(file, piece, 0, Math.min(PIECE_BYTES, bytes - written));
    closeSync(file);
    const seconds = (nanos() - start) / 1e9;
    prove(statSync(plainPath).size === bytes, 'the plain loop wrote as many bytes');
    rmSync(plainPath);
    return bytes / MIB / seconds;
  };
  const samples = await alternate({ ours, plain }, { rounds: byEffort(1, 5, 11), warmUps: 1 });
  const proof = proveLines(readLines(path), caller.made, WORKLOADS.four.expected);
  const health = await pipeline.close();
  const share = ratios(samples.ours, samples.plain).map((ratio) => ratio * 100);
  const rate = { unit: 'MiB/s', better: 'higher' } as const;
  return {
    figures: [
      {
        name: 'JSON file on new pages, of what plain writeSync reaches',
        unit: '%',
        better: 'higher',
        samples: share,
        target: 80,
      },
      { ...rate, name: '  ours', samples: samples.ours, note: `${((calls / bytes) * MIB).toFixed(0)} records a MiB` },
      { ...rate, name: '  plain writeSync', samples: samples.plain },
    ],
    proof: [proveDelivered(health, 'logs', 'file', caller.made), proof],
  };
});
