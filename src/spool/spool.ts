/**
 * A spool: batches of one lane that wait on disk for their destination, in the order in which they were put there.
 *
 * ```ts
 * const spool = await Spool.open({ folder, … });
 * await spool.append({ bytes, counts, firstNumber });   // it is in the file, and with `syncs` on disk
 * const batch = await spool.next(maxBytes);             // the oldest that was not given out yet
 * spool.release(batch);                                 // delivered: the next run does not send it again
 * ```
 *
 * The account closes for any damage to the files: records appended = released + reported to `onLost` + `waiting`.
 *
 * One process at a time uses a folder (lock.ts), and one call at a time works on its files.
 */
import { randomBytes } from 'node:crypto';
import { Serial } from '../common/serial.ts';
import { codeOf, syncDirectory } from '../files/descriptor.ts';
import { makeDirectories } from '../files/directories.ts';
import { runAsync } from '../files/steps.ts';
import { newTally, recordsOf, type Tally } from '../health/tally.ts';
import { unixMillis } from '../time/clock.ts';
import { beyond, COUNT_CELLS, plus } from './counts.ts';
import { type Entry, findEntry } from './entries.ts';
import { EntryReader } from './entry-reader.ts';
import { PlacedFile } from './file.ts';
import {
  ALIGNMENT,
  aligned,
  crcOf,
  encodeEntryHeader,
  encodeHead,
  entryBytes,
  FIRST_ENTRY_OFFSET,
  type Key,
  type Place,
} from './layout.ts';
import { findSegments, removeSegment, type Segment, segmentPath, setAside } from './segments.ts';
import { StateFile } from './state-file.ts';

/** Least and most bytes of a segment: what is dropped at once when the spool is full, and how many files a folder has. */
const LEAST_SEGMENT_BYTES = 64 * 1024;
const MOST_SEGMENT_BYTES = 16 * 1024 * 1024;
/** Segments of a full spool. */
const SEGMENTS = 16;

/** Why records that were in a spool are lost. `spool_full`: they were the oldest when it was. `spool_damaged`: their file was damaged, cut off or removed. */
export type SpoolLoss = 'spool_full' | 'spool_damaged';

export interface SpoolOptions {
  /** Made at the first append. */
  readonly folder: string;
  /** Bytes of its files. */
  readonly maxBytes: number;
  /** At the limit the oldest records are dropped. Otherwise the limit only makes a warning, and nothing is dropped while the disk takes it. */
  readonly dropsOldest: boolean;
  /** Each append waits for the disk. */
  readonly syncs: boolean;
  /** Default: a sixteenth of `maxBytes`, at least 64 KiB, at most 16 MiB. An entry that is larger has a segment of its own. */
  readonly segmentBytes?: number | undefined;
  /** `entries`: numbers of dropped entries, from and below. */
  readonly onLost: (reason: SpoolLoss, counts: Tally, entries?: DroppedEntries) => void;
  readonly onWarning: (message: string) => void;
  /** Unix milliseconds. */
  readonly now?: (() => number) | undefined;
}

export interface SpoolEntry {
  /** Encoded records; may be shared memory. */
  readonly bytes: Uint8Array;
  /** Records by lane and level. */
  readonly counts: ArrayLike<number>;
  /** Number of its first record in its lane's count, for audit events; 0 if not known. */
  readonly firstNumber: number;
}

/** A range of entry numbers. */
export interface DroppedEntries {
  readonly from: number;
  /** The first one that is not dropped. */
  readonly below: number;
}

/** One or more entries, one behind the other. */
export interface SpooledBatch {
  readonly bytes: Uint8Array;
  readonly counts: Tally;
  readonly firstNumber: number;
}

interface Taken {
  readonly batch: SpooledBatch;
  readonly firstEntry: number;
  /** When its first entry was put here. */
  readonly firstUnixMillis: number;
  /** Behind it. */
  readonly after: Place;
  isDone: boolean;
}

export class Spool {
  readonly #options: SpoolOptions;
  readonly #segmentBytes: number;
  readonly #now: () => number;
  readonly #files = new Serial();
  /** Oldest first. The last one is appended to if it is `#active`. */
  #segments: Segment[] = [];
  #active: Segment | undefined;
  #key: Key = randomKey();
  readonly #state: StateFile;
  /** Behind what was delivered or counted as lost. */
  #released: Place = START;
  /** Behind what was given out. */
  #cursor: Place = START;
  #end: Place = START;
  /** Oldest first. */
  #taken: Taken[] = [];
  readonly #reader = new EntryReader();
  /** Nothing that was not given out yet was put here before it; 0 when not known. */
  #restSinceUnixMillis = 0;
  #isReleasing = false;
  #isOverLimit = false;
  #isClosed = false;

  private constructor(options: SpoolOptions) {
    this.#options = options;
    this.#segmentBytes =
      options.segmentBytes ??
      Math.min(
        MOST_SEGMENT_BYTES,
        Math.max(LEAST_SEGMENT_BYTES, Math.floor(options.maxBytes / SEGMENTS / ALIGNMENT) * ALIGNMENT),
      );
    this.#now = options.now ?? unixMillis;
    this.#state = new StateFile(options.folder, options.onWarning);
  }

  /** Goes on where the last run stopped. It does not reject for any contents of the folder: files that cannot be read are set aside and reported. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const spool = new Spool(options);
    await spool.#recover();
    return spool;
  }

  /** Records that were appended and are neither released nor lost, by lane and level. */
  get waiting(): Tally {
    return this.#taken.reduce(
      (sum, { batch, isDone }) => (isDone ? sum : plus(sum, batch.counts)),
      beyond(this.#end.counts, this.#cursor.counts),
    );
  }

  /** Whether `next` has nothing to give. Batches that are given out and not released do not count. */
  get isRead(): boolean {
    return this.#cursor.entryNumber >= this.#end.entryNumber;
  }

  /** Nothing waits, given out or not. */
  get isEmpty(): boolean {
    return this.isRead && this.#taken.every(({ isDone }) => isDone);
  }

  /** Numbers of the next entry to be put in, and of the oldest that is not released. */
  get entryNumbers(): { readonly next: number; readonly oldest: number } {
    const undone = this.#taken.find(({ isDone }) => !isDone);
    return { next: this.#end.entryNumber, oldest: undone?.firstEntry ?? this.#cursor.entryNumber };
  }

  /** Of all files. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * When the oldest record that waits was put here; undefined when nothing waits. Of what was not given out yet only the time of the entry before it is
   * known, or of its file.
   */
  get oldestUnixMillis(): number | undefined {
    if (this.isEmpty) return undefined;
    const undone = this.#taken.find(({ isDone }) => !isDone);
    if (undone !== undefined) return undone.firstUnixMillis;
    return Math.max(this.#restSinceUnixMillis, this.#segments[0]?.head.createdUnixMillis ?? 0);
  }

  /** Rejects when the disk does not take it; then it is not in the spool, and everything else is as before. */
  append(entry: SpoolEntry): Promise<void> {
    return this.#files.run(() => this.#append(entry));
  }

  /**
   * The oldest entries that were not given out yet: as many as `maxBytes` hold, at least one. Undefined when there is none. Rejects when a file cannot be
   * read for now.
   */
  next(maxBytes: number): Promise<SpooledBatch | undefined> {
    return this.#files.run(() => this.#next(maxBytes));
  }

  /** It was delivered, or counted otherwise. */
  release(batch: SpooledBatch): void {
    const taken = this.#taken.find((each) => each.batch === batch);
    if (taken === undefined) return;
    taken.isDone = true;
    if (this.#isReleasing || this.#isClosed) return;
    this.#isReleasing = true;
    void this.#files.run(() => {
      this.#isReleasing = false;
      return this.#settleReleased();
    });
  }

  /** Drops the oldest segment, so that something else finds room. False when there is none that may go. */
  dropOldest(): Promise<boolean> {
    return this.#files.run(async () => {
      if (this.#segments.length === 0 || this.isRead) return false;
      await this.#dropFirst();
      await this.#writeState();
      return true;
    });
  }

  /** Drops everything that waits, and reports it to `onLost`. */
  clear(): Promise<void> {
    return this.#files.run(async () => {
      while (this.#segments.length > 0) await this.#dropFirst();
      await this.#writeState();
    });
  }

  /** Everything that was asked of its files so far is done. */
  settled(): Promise<void> {
    return this.#files.run(async () => {});
  }

  /** Waiting batches stay for the next run, also those that are given out. */
  close(): Promise<void> {
    return this.#files.run(async () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      await this.#settleReleased();
      await Promise.all(this.#segments.map(({ file }) => file?.close()));
    });
  }

  async #recover(): Promise<void> {
    const { folder, onWarning } = this.#options;
    const state = await this.#state.read();
    const { segments, others, unbegun } = await findSegments(folder, state?.spoolKey);
    for (const path of unbegun) await removeSegment(path);
    for (const { path, why } of others) {
      onWarning(`A file of the spool cannot be used and is set aside: ${path}: ${why}. The records in it are counted as lost.`);
      await setAside(folder, path);
    }
    const [first] = segments;
    this.#key = state?.spoolKey ?? first?.head.spoolKey ?? this.#key;
    this.#segments = [...segments];
    this.#cursor = this.#released = state?.released ?? (first === undefined ? START : startOf(first));
    this.#end = state !== undefined && state.end.entryNumber >= this.#released.entryNumber ? state.end : this.#released;
    await this.#findEnd();
    await this.#removeReleased();
  }

  /** A run that was killed may have written entries that its state does not tell of. */
  async #findEnd(): Promise<void> {
    const last = this.#segments.at(-1);
    if (last === undefined || last.head.segment < this.#end.segment) return;
    const start = last.head.segment === this.#end.segment ? this.#end : startOf(last);
    if (start.entryNumber >= this.#end.entryNumber) this.#end = start;
    if (start.offset >= last.bytes) return;
    const stretch = { bytes: (await this.#reader.read(last, start.offset, last.bytes)) ?? NO_BYTES, offset: start.offset };
    for (let offset = start.offset; ; ) {
      const entry = findEntry(stretch, last.head.key, offset);
      if (entry === undefined) return;
      offset = entry.end;
      if (entry.header.number >= this.#end.entryNumber) this.#end = behind(last, entry);
    }
  }

  async #append({ bytes, counts, firstNumber }: SpoolEntry): Promise<void> {
    const { syncs } = this.#options;
    const segment = await this.#segmentFor(entryBytes(bytes.length));
    const file = segment.file!;
    const offset = segment.bytes;
    const end = offset + entryBytes(bytes.length);
    const header = encodeEntryHeader({
      key: segment.head.key,
      offset,
      bodyBytes: bytes.length,
      bodyCrc: crcOf(bytes),
      number: this.#end.entryNumber,
      firstNumber,
      writtenUnixMillis: this.#now(),
      counts: Int32Array.from(counts),
      before: this.#end.counts,
    });
    try {
      await file.write([header, bytes, new Uint8Array(aligned(bytes.length) - bytes.length)], offset);
      if (syncs) await file.sync();
    } catch (error) {
      await this.#takeBack(segment, offset);
      throw error;
    }
    if (this.isRead) this.#restSinceUnixMillis = this.#now();
    segment.bytes = end;
    this.#end = {
      segment: segment.head.segment,
      offset: end,
      entryNumber: this.#end.entryNumber + 1,
      counts: plus(this.#end.counts, counts),
    };
    await this.#keepToLimit();
    await this.#writeState();
  }

  /** After a failed write or sync: what may stand in the file must not be found by the next run, for it is kept elsewhere. */
  async #takeBack(segment: Segment, offset: number): Promise<void> {
    const isTakenBack = await segment.file!.truncate(offset).then(
      () => true,
      () => false,
    );
    // The bytes behind its last entry are not known: the next entry gets another file.
    if (!isTakenBack) await this.#seal();
  }

  async #segmentFor(bytes: number): Promise<Segment> {
    const active = this.#active;
    if (active !== undefined) {
      const isFull = active.bytes > FIRST_ENTRY_OFFSET && active.bytes + bytes > this.#segmentBytes;
      if (await active.file!.isDeleted())
        this.#active = undefined; // Its file stays open: what is in it can still be read.
      else if (isFull) await this.#seal();
      else return active;
    }
    return this.#createSegment();
  }

  async #createSegment(): Promise<Segment> {
    const { folder, syncs } = this.#options;
    const number = Math.max(this.#end.segment, this.#segments.at(-1)?.head.segment ?? 0) + 1;
    const head = {
      spoolKey: this.#key,
      key: randomKey(),
      segment: number,
      entryNumber: this.#end.entryNumber,
      createdUnixMillis: this.#now(),
      before: this.#end.counts,
    };
    const path = segmentPath(folder, number);
    const file = await this.#createFile(path);
    try {
      await file.write([encodeHead(head)], 0);
      if (syncs) {
        await file.sync();
        await runAsync(syncDirectory(folder));
      }
    } catch (error) {
      await file.close();
      await removeSegment(path);
      throw error;
    }
    const segment = { path, head, bytes: FIRST_ENTRY_OFFSET, file, isDamaged: false };
    this.#segments.push(segment);
    this.#active = segment;
    return segment;
  }

  async #createFile(path: string): Promise<PlacedFile> {
    const { folder } = this.#options;
    try {
      return await PlacedFile.open(path, 'create');
    } catch (error) {
      // EEXIST: left by a run that could not remove it, or put there; it is no segment of ours, or the number would be higher.
      if (codeOf(error) === 'EEXIST') await setAside(folder, path);
      else if (codeOf(error) === 'ENOENT') await runAsync(makeDirectories(folder));
      else throw error;
      return PlacedFile.open(path, 'create');
    }
  }

  /** The active segment gets no more entries. */
  async #seal(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    if (active === undefined) return;
    await active.file?.close();
    active.file = undefined;
  }

  async #next(maxBytes: number): Promise<SpooledBatch | undefined> {
    const bodies: Uint8Array[] = [];
    const counts = newTally();
    let bytes = 0;
    let firstNumber = 0;
    let firstEntry = 0;
    let firstUnixMillis = 0;
    for (;;) {
      const found = await this.#nextEntry().catch((error: unknown) => {
        if (bodies.length === 0) throw error;
        return undefined; // The entries read before it are a batch; the next call meets the error again.
      });
      if (found === undefined) break;
      const { entry, segment } = found;
      const { body, header } = entry;
      if (bodies.length > 0 && bytes + body.length > maxBytes) break;
      if (bodies.length === 0) {
        firstNumber = header.firstNumber;
        firstEntry = header.number;
        firstUnixMillis = header.writtenUnixMillis;
      }
      this.#pass(header.before);
      this.#cursor = behind(segment, entry);
      this.#restSinceUnixMillis = header.writtenUnixMillis;
      bodies.push(body);
      bytes += body.length;
      for (let cell = 0; cell < COUNT_CELLS; cell++) counts[cell] += header.counts[cell];
    }
    if (bodies.length === 0) return undefined;
    const batch = { bytes: joined(bodies, bytes), counts, firstNumber };
    this.#taken.push({ batch, firstEntry, firstUnixMillis, after: this.#cursor, isDone: false });
    return batch;
  }

  /** The cursor goes on to where so many records come before: those that are missing are lost. */
  #pass(before: Tally): void {
    const lost = beyond(before, this.#cursor.counts);
    const suspects = this.#reader.takeSuspects();
    if (recordsOf(lost) === 0) return;
    for (const segment of suspects) segment.isDamaged = true;
    this.#options.onLost('spool_damaged', lost);
    this.#options.onWarning(
      `${recordsOf(lost)} records of the spool are lost: files in ${this.#options.folder} were damaged or removed. Files that could not be read are kept there under names that end in .damaged.`,
    );
  }

  /** The first whole entry at or behind the cursor, which stays where it is. */
  async #nextEntry(): Promise<{ readonly segment: Segment; readonly entry: Entry } | undefined> {
    for (let { segment: number, offset } = this.#cursor; !this.isRead; ) {
      const segment = this.#segments.find(({ head }) => head.segment >= number);
      if (segment === undefined) break;
      if (segment.head.segment > number) {
        number = segment.head.segment;
        offset = FIRST_ENTRY_OFFSET;
      }
      const entry = offset >= segment.bytes ? undefined : await this.#reader.entryIn(segment, offset);
      if (entry === undefined) {
        number++;
        offset = FIRST_ENTRY_OFFSET;
      } else if (entry.header.number < this.#cursor.entryNumber) offset = entry.end;
      else return { segment, entry };
    }
    if (this.isRead) return undefined;
    // The files end before what was put into them.
    this.#pass(this.#end.counts);
    this.#cursor = this.#end;
    this.#reader.forget();
    await this.#settleReleased();
    return undefined;
  }

  /** Entries that were released in a row from the oldest on are finished. */
  async #settleReleased(): Promise<void> {
    while (this.#taken[0]?.isDone === true) this.#released = this.#taken.shift()!.after;
    if (this.#taken.length === 0) this.#released = this.#cursor;
    if (this.isEmpty && (this.#isClosed || (this.#active?.bytes ?? 0) * 2 > this.#segmentBytes)) await this.#seal();
    await this.#writeState();
    await this.#removeReleased();
  }

  async #removeReleased(): Promise<void> {
    const isDone = (segment: Segment) =>
      segment !== this.#active && (segment.head.segment < this.#released.segment || this.isEmpty);
    for (const segment of this.#segments.filter(isDone)) await this.#remove(segment);
  }

  async #remove(segment: Segment): Promise<void> {
    this.#segments = this.#segments.filter((each) => each !== segment);
    if (segment === this.#active) this.#active = undefined;
    await segment.file?.close();
    if (segment.isDamaged) await setAside(this.#options.folder, segment.path);
    else await removeSegment(segment.path);
  }

  async #keepToLimit(): Promise<void> {
    const { maxBytes, dropsOldest, onWarning } = this.#options;
    if (dropsOldest) {
      while (this.bytes > maxBytes && this.#segments.length > 1) await this.#dropFirst();
      return;
    }
    const isOver = this.bytes > maxBytes;
    if (isOver && !this.#isOverLimit) {
      onWarning(
        `The spool in ${this.#options.folder} has passed its ${maxBytes} bytes. Audit events are never dropped, so it grows while the disk takes it: bring the destination back, or give it another one.`,
      );
    }
    this.#isOverLimit = isOver;
  }

  /** Batches that were given out of it are in memory, and are still sent. */
  async #dropFirst(): Promise<void> {
    const [first, second] = this.#segments;
    const next = second === undefined ? this.#end : startOf(second);
    if (this.#cursor.segment <= first.head.segment) {
      const lost = beyond(next.counts, this.#cursor.counts);
      const entries = { from: this.#cursor.entryNumber, below: next.entryNumber };
      if (entries.below > entries.from) this.#options.onLost('spool_full', lost, entries);
      this.#cursor = next;
      this.#restSinceUnixMillis = second?.head.createdUnixMillis ?? this.#now();
      if (this.#taken.length === 0) this.#released = next;
    }
    await this.#remove(first);
  }

  #writeState(): Promise<void> {
    return this.#state.write({ spoolKey: this.#key, released: this.#released, end: this.#end });
  }
}

const NO_BYTES = new Uint8Array(0);

const START: Place = { segment: 0, offset: FIRST_ENTRY_OFFSET, entryNumber: 1, counts: newTally() };

function startOf({ head }: Segment): Place {
  return { segment: head.segment, offset: FIRST_ENTRY_OFFSET, entryNumber: head.entryNumber, counts: head.before };
}

function behind(segment: Segment, { header, end }: Entry): Place {
  return {
    segment: segment.head.segment,
    offset: end,
    entryNumber: header.number + 1,
    counts: plus(header.before, header.counts),
  };
}

function joined(bodies: readonly Uint8Array[], bytes: number): Uint8Array {
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const body of bodies) {
    all.set(body, at);
    at += body.length;
  }
  return all;
}

function randomKey(): Key {
  return randomBytes(8).readBigUInt64LE();
}
