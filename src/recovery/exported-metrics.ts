/**
 * With delta temporality: what of a run's metrics has been exported, as a file in its folder. From there the recovery of a killed process goes on, so that its
 * last interval is exported once.
 *
 * The file `exported`: CRC-32 of the rest, then the baseline as structured clone. It is there from the start of the run's worker on: a run without it counted
 * with cumulative temporality.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { DeltaBaseline } from '../series/baseline.ts';

const FILE = 'exported';
const CRC_BYTES = 4;

/**
 * Never throws. Where the file cannot be written there is none afterwards: an old one would export twice what has been exported since. If it cannot even be
 * removed, because the process has given up its rights (`process.setuid`), no process of its new user finds the run.
 */
export function writeExported(folder: string, baseline: DeltaBaseline): void {
  const body = serialize(baseline);
  const head = Buffer.alloc(CRC_BYTES);
  head.writeUInt32LE(crc32(body));
  const path = join(folder, FILE);
  try {
    // Under its final name it is whole, whenever the process is killed.
    writeFileSync(`${path}.new`, Buffer.concat([head, body]), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch {
    for (const name of [path, `${path}.new`]) remove(name);
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // See above.
  }
}

/** Undefined: the run has none, or it cannot be read. */
export function readExported(folder: string): DeltaBaseline | undefined {
  try {
    const bytes = readFileSync(join(folder, FILE));
    const body = bytes.subarray(CRC_BYTES);
    return crc32(body) === bytes.readUInt32LE(0) ? (deserialize(body) as DeltaBaseline) : undefined;
  } catch {
    return undefined;
  }
}
