/**
 * Sightings by the million in bounded memory: they are packed, split by run and number into partitions, and a partition that outgrows its
 * buffer goes on in a file of its own. Both sides of a comparison are split in the same way, so one pair of partitions is compared at a time.
 */

import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sighting } from './sighting.ts';

/** u32 run, u32 place, f64 number, f64 line, 16 bytes of digest. */
const ENTRY_BYTES = 40;
const PLACE_AT = 4;
const NUMBER_AT = 8;
const LINE_AT = 16;
const DIGEST_AT = 24;

/** 10 million sightings are 400 MB: some 3 MB a partition. */
const PARTITIONS = 128;
/** Of each partition and side in memory: 128 × 2 × 64 KiB = 16 MiB. A whole number of entries. */
const BUFFER_BYTES = Math.floor(65_536 / ENTRY_BYTES) * ENTRY_BYTES;
/** Neighbouring numbers stay together, so that a partition knows ranges. */
const NUMBERS_TOGETHER = 4_096;

/** Texts by number: runs and places repeat in every entry. */
export class Names {
  readonly #indices = new Map<string, number>();
  readonly #names: string[] = [];

  indexOf(name: string): number {
    let index = this.#indices.get(name);
    if (index === undefined) {
      index = this.#names.length;
      this.#indices.set(name, index);
      this.#names.push(name);
    }
    return index;
  }

  has(name: string): boolean {
    return this.#indices.has(name);
  }

  at(index: number): string {
    return this.#names[index]!;
  }
}

export interface Entry {
  readonly run: number;
  readonly number: number;
  readonly place: number;
  readonly line: number;
  /** Where its digest starts in {@link Partition.bytes}. */
  readonly digestAt: number;
}

/** The sightings of one partition of one side. */
export class Partition {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get length(): number {
    return this.bytes.length / ENTRY_BYTES;
  }

  entry(index: number): Entry {
    const at = index * ENTRY_BYTES;
    return {
      run: this.bytes.readUInt32LE(at),
      place: this.bytes.readUInt32LE(at + PLACE_AT),
      number: this.bytes.readDoubleLE(at + NUMBER_AT),
      line: this.bytes.readDoubleLE(at + LINE_AT),
      digestAt: at + DIGEST_AT,
    };
  }

  /** Entries by run, then number, then in the order in which they came. */
  sorted(): Entry[] {
    return Array.from({ length: this.length }, (_, index) => this.entry(index)).sort(
      (a, b) => a.run - b.run || a.number - b.number || a.digestAt - b.digestAt,
    );
  }
}

/** One side of a comparison. `close` removes its files; a process that is killed leaves them in the temporary directory. */
export class Spill {
  static readonly PARTITIONS = PARTITIONS;
  readonly #buffers: Buffer[] = [];
  readonly #used = new Uint32Array(PARTITIONS);
  readonly #files: (number | undefined)[] = [];
  readonly #runs: Names;
  readonly #places: Names;
  #folder: string | undefined;

  constructor(runs: Names, places: Names) {
    this.#runs = runs;
    this.#places = places;
  }

  add({ run, number, digest, place, line }: Sighting): void {
    const runIndex = this.#runs.indexOf(run);
    const partition = (runIndex * 31 + Math.floor(number / NUMBERS_TOGETHER)) % PARTITIONS;
    this.#buffers[partition] ??= Buffer.allocUnsafe(BUFFER_BYTES);
    const buffer = this.#buffers[partition];
    if (this.#used[partition] === BUFFER_BYTES) this.#write(partition);
    const at = this.#used[partition]!;
    buffer.writeUInt32LE(runIndex, at);
    buffer.writeUInt32LE(this.#places.indexOf(place), at + PLACE_AT);
    buffer.writeDoubleLE(number, at + NUMBER_AT);
    buffer.writeDoubleLE(line, at + LINE_AT);
    buffer.write(digest, at + DIGEST_AT, 'hex');
    this.#used[partition] = at + ENTRY_BYTES;
  }

  /** Of the files with the sightings that did not stay in memory. */
  partition(index: number): Partition {
    const buffered = this.#buffers[index]?.subarray(0, this.#used[index]) ?? Buffer.alloc(0);
    const file = this.#files[index];
    if (file === undefined) return new Partition(buffered);
    const chunks: Buffer[] = [];
    for (let at = 0; ; ) {
      const chunk = Buffer.allocUnsafe(1 << 20);
      const read = readSync(file, chunk, 0, chunk.length, at);
      if (read === 0) break;
      chunks.push(chunk.subarray(0, read));
      at += read;
    }
    return new Partition(Buffer.concat([...chunks, buffered]));
  }

  close(): void {
    for (const file of this.#files) if (file !== undefined) closeSync(file);
    this.#files.length = 0;
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }

  #write(partition: number): void {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'hft-otel-reconcile-'));
    this.#files[partition] ??= openSync(join(this.#folder, String(partition)), 'a+', 0o600);
    const file = this.#files[partition];
    for (let at = 0; at < BUFFER_BYTES; ) at += writeSync(file, this.#buffers[partition]!, at);
    this.#used[partition] = 0;
  }
}
