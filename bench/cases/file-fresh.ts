/**
 * A JSON file that only grows, so that every page is new to the page cache, beside the same records in files of 64 MiB that another process deletes as soon
 * as they are set aside, so that their pages are used again. Both are written by an instance with a worker of its own, in turn, and each producer goes as fast
 * as its file: what the encoder can make is in both rates, and their ratio shows what new pages cost.
 */
import { closeSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendsConfig } from '../../src/config/types.ts';
import { Caller } from '../harness/bursts.ts';
import { prove, runCase } from '../harness/case.ts';
import { nanos, sleepSync } from '../harness/clock.ts';
import { fileEnd } from '../harness/far-end.ts';
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
  const freshDirectory = join(directory, 'fresh');
  const recycledDirectory = join(directory, 'recycled');
  await Promise.all([freshDirectory, recycledDirectory].map((each) => mkdir(each)));
  const freshPath = join(freshDirectory, LOG_FILE);
  const recycledEnd = fileEnd(recycledDirectory);
  const calls = byEffort(20_000, 1_000_000, 5_000_000);
  const fresh = await producer(freshDirectory, {
    file: { path: freshPath, format: 'json', level: 'debug', bufferBytes: 64 * MIB },
  });
  const recycled = await producer(recycledDirectory, recycledEnd.backends);

  let bytes = 0;
  const samples = await alternate(
    {
      fresh: async () => {
        rmSync(freshPath, { force: true });
        const seconds = await fresh.write(calls);
        bytes = statSync(freshPath).size;
        return bytes / MIB / seconds;
      },
      // As many records, whose numbers have as many digits.
      recycled: async () => bytes / MIB / (await recycled.write(calls)),
      plain: () => plainWrites(join(directory, 'plain.jsonl'), bytes),
    },
    { rounds: byEffort(1, 5, 11), warmUps: 1 },
  );
  const proof = [
    proveLines(readLines(freshPath), fresh.caller.made, WORKLOADS.four.expected),
    await recycledEnd.prove(0, recycled.caller.made, WORKLOADS.four.expected),
    proveDelivered(await fresh.close(), 'logs', 'file', fresh.caller.made),
    proveDelivered(await recycled.close(), 'logs', 'file', recycled.caller.made),
  ];
  recycledEnd.stop();
  const rate = { unit: 'MiB/s', better: 'higher' } as const;
  return {
    figures: [
      {
        name: 'JSON file on new pages, of the rate on recycled pages',
        unit: '%',
        better: 'higher',
        samples: ratios(samples.fresh, samples.recycled).map((ratio) => ratio * 100),
        target: 50,
      },
      { ...rate, name: '  new pages', samples: samples.fresh, note: `${((calls / bytes) * MIB).toFixed(0)} records a MiB` },
      { ...rate, name: '  recycled pages', samples: samples.recycled },
      { ...rate, name: '  writeSync alone, new pages', samples: samples.plain },
    ],
    proof,
  };
});

async function producer(directory: string, backends: BackendsConfig) {
  const pipeline = await openPipeline(directory, { ringBufferSize: 100_000, backends });
  const caller = new Caller(WORKLOADS.four.bind(pipeline.log));
  const waiting = () => {
    const { lanes, backends } = pipeline.logging.health();
    return lanes.logs.pending + backends.file.pending;
  };
  return {
    caller,
    close: pipeline.close,
    /** Seconds until so many records are in the file. */
    write: async (calls: number) => {
      await pipeline.logging.flush();
      const start = nanos();
      for (let made = 0; made < calls; made += SLICE_CALLS) {
        while (waiting() > MOST_WAITING) sleepSync(0.2);
        caller.make(SLICE_CALLS);
      }
      await pipeline.logging.flush();
      return (nanos() - start) / 1e9;
    },
  };
}

/** MiB/s of a plain loop that writes as many bytes. */
function plainWrites(path: string, bytes: number): number {
  const piece = Buffer.alloc(PIECE_BYTES, 'x');
  const start = nanos();
  const file = openSync(path, 'a');
  for (let written = 0; written < bytes; ) written += writeSync(file, piece, 0, Math.min(PIECE_BYTES, bytes - written));
  closeSync(file);
  const seconds = (nanos() - start) / 1e9;
  prove(statSync(path).size === bytes, 'the plain loop wrote as many bytes');
  rmSync(path);
  return bytes / MIB / seconds;
}
