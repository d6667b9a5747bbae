/** Batches, spools and their folders for the tests of this room. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { newTally, recordsOf as recordsOfTally, type Tally } from '../../src/health/tally.ts';
import { plus } from '../../src/spool/counts.ts';
import { Spool, type SpoolEntry, type SpooledBatch, type SpoolLoss, type SpoolOptions } from '../../src/spool/spool.ts';

/** In memory where that can be: thousands of small files are written. */
export const SCRATCH: string = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(SCRATCH, 'hft-otel-spool-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A batch whose bytes are `records` lines that say which record they are, so that a reader can tell. Record `n` is of cell `n % 3`. */
export function entryOf(first: number, records: number, padding = 0): SpoolEntry {
  const counts = new Int32Array(16);
  let text = '';
  for (let record = first; record < first + records; record++) {
    counts[record % 3]++;
    text += `${record}${'.'.repeat(padding)}\n`;
  }
  return { bytes: new TextEncoder().encode(text), counts, firstNumber: first };
}

/** The records of a batch. Throws on bytes that no batch of ours had. */
export function recordsOf({ bytes }: { readonly bytes: Uint8Array }): number[] {
  const lines = new TextDecoder().decode(bytes).split('\n');
  if (lines.pop() !== '') throw new Error('a batch that ends in the middle of a record');
  return lines.map((line) => {
    if (!/^\d+\.*$/.test(line)) throw new Error(`no record of ours: ${line.slice(0, 80)}`);
    return Number.parseInt(line, 10);
  });
}

export class Losses {
  readonly byReason: Record<SpoolLoss, Tally> = { spool_full: newTally(), spool_damaged: newTally() };
  readonly warnings: string[] = [];

  readonly note = (reason: SpoolLoss, counts: Tally): void => {
    this.byReason[reason] = plus(this.byReason[reason], counts);
  };

  get counts(): Tally {
    return plus(this.byReason.spool_full, this.byReason.spool_damaged);
  }

  get total(): number {
    return recordsOfTally(this.counts);
  }
}

export function openSpool(folder: string, losses: Losses = new Losses(), options: Partial<SpoolOptions> = {}): Promise<Spool> {
  return Spool.open({
    folder,
    maxBytes: 1024 * 1024 * 1024,
    dropsOldest: true,
    syncs: false,
    onLost: losses.note,
    onWarning: (message) => losses.warnings.push(message),
    ...options,
  });
}

/** Everything that waits, released. */
export async function drain(spool: Spool, maxBytes = 4_096): Promise<number[]> {
  const records: number[] = [];
  for (
    let batch: SpooledBatch | undefined = await spool.next(maxBytes);
    batch !== undefined;
    batch = await spool.next(maxBytes)
  ) {
    records.push(...recordsOf(batch));
    spool.release(batch);
  }
  return records;
}
