/**
 * The records that pass through the drain, for people who look on: the newest in memory, and each as it comes for those who watch.
 *
 * It takes a bounded share of the worker's time whatever comes: what there is no time for is counted, not looked at; warnings and above go first. Nothing here
 * makes the drain wait, and nothing of the backends' account changes.
 */
import { levelRankOf, unitsOf } from '../codec/frames.ts';
import { getOrMake } from '../common/get-or-make.ts';
import type { Encoder, Output } from '../encoders/encoder.ts';
import type { LaneSource } from '../read/lane-source.ts';
import { LANE_FACTS, rankOfLevel } from '../record.ts';
import { UNIT_BYTES } from '../ring/layout.ts';
import { monotonicMillis } from '../time/clock.ts';
import { Newest } from './newest.ts';
import { inOrderOfTime } from './order.ts';
import type { Query } from './query.ts';
import { shortLine } from './short-line.ts';

/** Time is shared out by windows of this length. */
const WINDOW_MILLIS = 100;
/** Of each window: while somebody watches, and while nobody does. Half of it is kept for warnings and above. */
const WATCHED_MILLIS = 20;
const UNWATCHED_MILLIS = 2;
/**
 * Records of a window that are looked at however long they take, and as many warnings and above: the first of a process are slow, and on a busy machine the
 * thread may lose its core for longer than a window.
 */
const FREE_RECORDS = 100;
/** Records between two looks at the clock: some 20 µs. */
const CHUNK_FRAMES = 64;

/** As one line of JSON. What is longer is cut: a person does not read it in a list. */
const MAX_LINE_CHARACTERS = 16_384;
/** Records are encoded into so much; one that does not fit gets memory of its own, up to the other bound. */
const OUTPUT_BYTES = 262_144;
const MOST_OUTPUT_BYTES = 16_777_216;
/** Most bytes that a byte of a ring becomes: a control character, escaped. */
const ESCAPED = 6;

/** What somebody who opens the page finds: the newest records, and the newest warnings and errors, which a flood of others must not push out. */
const KEPT = { records: 1_000, bytes: 2_097_152 };

const WARNING_RANK = rankOfLevel('warning');

export interface Watcher {
  readonly query: Query;
  /** `line`: a record as JSON, without the end of the line. */
  take(line: string, isSevere: boolean): void;
  /** So many records were not looked at. */
  miss(count: number): void;
}

/** Whose bytes are read as text. */
type TextOutput = Output & { readonly bytes: Buffer };

export interface LiveRecordsOptions {
  readonly encoderOf: (source: LaneSource) => Encoder;
  readonly nowMillis?: () => number;
}

export class LiveRecords {
  readonly #encoderOf: (source: LaneSource) => Encoder;
  readonly #nowMillis: () => number;
  readonly #encoders = new Map<LaneSource, Encoder>();
  readonly #watchers = new Set<Watcher>();
  readonly #lesser = new Newest(KEPT.records, KEPT.bytes);
  readonly #severe = new Newest(KEPT.records, KEPT.bytes);
  readonly #output = outputOf(OUTPUT_BYTES);
  #windowEndMillis = 0;
  #spentMillis = 0;
  /** Records that were looked at in this window, and those of them that were picked from a flood. */
  #looked = 0;
  #picked = 0;

  constructor({ encoderOf, nowMillis = monotonicMillis }: LiveRecordsOptions) {
    this.#encoderOf = encoderOf;
    this.#nowMillis = nowMillis;
  }

  /** Returns what ends it. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** The newest records that pass, oldest first. */
  recent(query: Query, limit: number): string[] {
    const passing = [...this.#lesser, ...this.#severe].filter((kept) => isWanted(query, kept.rank, kept.isAudit, kept.line));
    return passing
      .map(({ line }) => line)
      .sort(inOrderOfTime)
      .slice(-limit);
  }

  /** The drain has found frames, and has not given them back yet. */
  see(source: LaneSource): void {
    const { frames, count } = source;
    const now = this.#nowMillis();
    if (now >= this.#windowEndMillis) {
      this.#windowEndMillis = now + WINDOW_MILLIS;
      this.#spentMillis = 0;
      this.#looked = 0;
      this.#picked = 0;
    }
    const most = this.#watchers.size > 0 ? WATCHED_MILLIS : UNWATCHED_MILLIS;
    let startMillis = now;
    let unseen = 0;
    for (let from = 0; from < count; from += CHUNK_FRAMES) {
      const to = Math.min(count, from + CHUNK_FRAMES);
      if (this.#spentMillis < most / 2 || this.#looked < FREE_RECORDS) this.#look(source, frames.subarray(from, to));
      else {
        const severe = frames.subarray(from, to).filter((frame) => isSevere(source, frame));
        const seen = this.#spentMillis < most || this.#picked < FREE_RECORDS ? severe.length : 0;
        this.#picked += seen;
        if (seen > 0) this.#look(source, severe);
        unseen += to - from - seen;
        if (seen === 0) continue;
      }
      const endMillis = this.#nowMillis();
      this.#spentMillis += endMillis - startMillis;
      startMillis = endMillis;
    }
    if (unseen > 0) for (const watcher of this.#watchers) watcher.miss(unseen);
  }

  forget(source: LaneSource): void {
    this.#encoders.delete(source);
  }

  #look(source: LaneSource, frames: Int32Array): void {
    this.#looked += frames.length;
    for (let from = 0; from < frames.length; ) {
      let output = this.#output;
      let next = this.#encode(source, frames, from, output);
      if (next === from) {
        const room = unitsOf(source.words, frames[from]) * UNIT_BYTES * ESCAPED + OUTPUT_BYTES;
        output = outputOf(Math.min(room, MOST_OUTPUT_BYTES));
        next = this.#encode(source, frames.subarray(0, from + 1), from, output);
      }
      if (next > from) this.#takeLines(source, frames, from, next, output);
      else for (const watcher of this.#watchers) watcher.miss(1);
      from = Math.max(next, from + 1);
    }
  }

  /** The index of the first frame that found no room. */
  #encode(source: LaneSource, frames: Int32Array, from: number, output: Output): number {
    output.position = 0;
    try {
      return getOrMake(this.#encoders, source, () => this.#encoderOf(source)).encode(frames, from, frames.length, output);
    } catch {
      this.#encoders.delete(source); // It may be in the middle of something. The backends tell of the record.
      return from;
    }
  }

  #takeLines(source: LaneSource, frames: Int32Array, from: number, to: number, { bytes, position }: TextOutput): void {
    let start = 0;
    for (let i = from; i < to && start < position; i++) {
      const end = bytes.indexOf(0x0a, start);
      if (end < 0) return;
      this.#takeLine(source, frames[i], bytes.toString('utf8', start, end));
      start = end + 1;
    }
  }

  #takeLine(source: LaneSource, frame: number, whole: string): void {
    const line = whole.length > MAX_LINE_CHARACTERS ? shortLine(whole) : whole;
    const isAudit = LANE_FACTS[source.lane].passesThresholds;
    const rank = levelRankOf(source.words, frame);
    const severe = rank >= WARNING_RANK;
    (severe ? this.#severe : this.#lesser).add({ line, rank, isAudit });
    for (const watcher of this.#watchers) if (isWanted(watcher.query, rank, isAudit, line)) watcher.take(line, severe || isAudit);
  }
}

function isWanted({ leastRank, isAuditOnly, passes }: Query, rank: number, isAudit: boolean, line: string): boolean {
  if (!isAudit && (isAuditOnly || rank < leastRank)) return false;
  return passes === undefined || passes(line);
}

function isSevere(source: LaneSource, frame: number): boolean {
  return levelRankOf(source.words, frame) >= WARNING_RANK;
}

function outputOf(size: number): TextOutput {
  const bytes = Buffer.alloc(size);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), position: 0, limit: size };
}
