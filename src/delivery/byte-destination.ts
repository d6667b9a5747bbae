/**
 * Frames → an encoder → a queue of encoded batches; the engine takes them from there. Records that find no room are dropped, the less severe before the more
 * severe, and counted. A mark in the destination's own stream reports them as soon as there is room again.
 */
import { levelRankOf } from '../codec/frames.ts';
import { errorText } from '../common/error-text.ts';
import { getOrMake } from '../common/get-or-make.ts';
import type { Encoder } from '../encoders/encoder.ts';
import type { BackendCounters, DropReason } from '../health/counters.ts';
import { newTally, recordsOf, type Tally, withoutTally } from '../health/tally.ts';
import type { FramesOfLane } from '../read/frames-of-lane.ts';
import { callNanosOf, type LaneSource, MAX_FRAMES } from '../read/lane-source.ts';
import type { Lane } from '../record.ts';
import type { Batch, BatchWriter } from './batch-queue.ts';
import { type Adoption, type Destination, LOOK_ROOM_BYTES } from './destination.ts';
import type { DeliveryEngine } from './engine.ts';
import { isMark, tallyFrames } from './frame-tally.ts';
import { type LossMarks, lossesOfMark, type MarkedLoss } from './loss-marks.ts';
import type { EncodedBatch } from './sender.ts';
import { Shares, WHOLE_QUEUE } from './shares.ts';

/** In place of the index at which encoding stopped. */
const FAILED = -1;

const NO_RECORDS = newTally();

/** Entries of the spool whose marks are remembered: marks of older ones are not written again if they are dropped. */
const MOST_SPOOLED_MARKS = 10_000;

export type DestinationEngine = Pick<DeliveryEngine, 'kick' | 'flush' | 'flushAtEnd' | 'keep' | 'close' | 'reopen'>;

export interface ByteDestinationOptions {
  readonly queue: BatchWriter;
  readonly engine: DestinationEngine;
  readonly counters: BackendCounters;
  readonly marks: LossMarks;
  readonly makeEncoder: (source: FramesOfLane) => Encoder;
  /** How much of the queue each level may use. Default: all of it. */
  readonly shares?: Shares | undefined;
  /** Audit records wait in their ring while the queue has no room. Only the audit file does that; other destinations get copies. */
  readonly holdsAuditBack?: boolean | undefined;
  readonly inOrder?: boolean | undefined;
}

export class ByteDestination implements Destination {
  readonly inOrder: boolean;
  readonly #queue: BatchWriter;
  readonly #engine: DestinationEngine;
  readonly #counters: BackendCounters;
  readonly #marks: LossMarks;
  readonly #makeEncoder: (source: FramesOfLane) => Encoder;
  readonly #encoders = new Map<FramesOfLane, Encoder>();
  readonly #shares: Shares;
  readonly #holdsAuditBack: boolean;
  /** Frames that are left when those of lower levels have been dropped. */
  readonly #kept = new Int32Array(MAX_FRAMES);
  /** The arguments of `deliver`: usually all frames are committed at once, and are not counted again. */
  #given: { readonly frames: Int32Array; readonly count: number; readonly tally: Tally } = {
    frames: this.#kept,
    count: 0,
    tally: NO_RECORDS,
  };
  /** Marks in batches that are not settled yet, by the batch's number. */
  readonly #marksUnderWay = new Map<number, MarkedLoss[]>();
  /** The same of batches on disk, by the number of their entry. Entries that were sent may be among them. */
  readonly #spooledMarks = new Map<number, readonly MarkedLoss[]>();
  /** Number of the batch that the last marks are in: one set in each is enough to find the gaps, and more would take the room of records. */
  #markedOrder = 0;

  constructor(options: ByteDestinationOptions) {
    this.inOrder = options.inOrder ?? false;
    this.#queue = options.queue;
    this.#engine = options.engine;
    this.#counters = options.counters;
    this.#marks = options.marks;
    this.#makeEncoder = options.makeEncoder;
    this.#shares = options.shares ?? new Shares(WHOLE_QUEUE);
    this.#holdsAuditBack = options.holdsAuditBack ?? false;
  }

  get room(): number {
    return this.#holdsAuditBack ? this.#queue.bytesFree : Number.POSITIVE_INFINITY;
  }

  takesAll(lane: Lane): boolean {
    const { bytesFree, bytesUsed, bytesUsable } = this.#queue;
    if (bytesFree < LOOK_ROOM_BYTES) return false;
    // In a small queue the least level's share may be less than the room for the longest records.
    return lane === 'audit' || bytesUsed === 0 || this.#shares.lowestTaken(bytesUsed + LOOK_ROOM_BYTES, bytesUsable) === 0;
  }

  deliver(source: LaneSource, frames: Int32Array, count: number): void {
    this.#given = { frames, count, tally: tallyFrames(source, frames, 0, count) };
    this.#counters.take(this.#given.tally);
    if (source.lane === 'audit') this.#append(source, frames, 0, count);
    else this.#appendByLevel(source, frames, count);
  }

  adopt({ bytes, tally, calledNanos, firstNumber }: EncodedBatch): Adoption {
    const queue = this.#queue;
    const fits = () => queue.claim() && queue.output.limit - queue.output.position >= bytes.length;
    if (!fits()) {
      queue.seal();
      this.#engine.kick();
      if (!queue.claim()) return 'later';
      if (!fits()) {
        this.#counters.take(tally);
        this.#drop('too_large', tally);
        return 'never';
      }
    }
    this.#counters.take(tally);
    queue.output.bytes.set(bytes, queue.output.position);
    queue.output.position += bytes.length;
    queue.commit({ tally, calledNanos, firstNumber });
    this.#engine.kick();
    return 'taken';
  }

  kick(): void {
    if (this.#marks.isDue && this.#isRelaxed) this.#appendMarks();
    this.#engine.kick();
  }

  flush(timeoutMillis: number): Promise<boolean> {
    if (this.#marks.isDue) this.#appendMarks();
    return this.#engine.flush(timeoutMillis);
  }

  flushAtEnd(timeoutMillis: number): Promise<boolean> {
    if (this.#marks.isDue) this.#appendMarks();
    return this.#engine.flushAtEnd(timeoutMillis);
  }

  keep(timeoutMillis: number): Promise<void> {
    return this.#engine.keep(timeoutMillis);
  }

  close(timeoutMillis: number): Promise<boolean> {
    if (this.#marks.isDue) this.#appendMarks();
    return this.#engine.close(timeoutMillis);
  }

  reopen(): void {
    this.#engine.reopen();
  }

  forget(source: LaneSource): void {
    this.#encoders.delete(source);
  }

  /** The engine's report: a batch was taken. Its room may be what a mark waits for. */
  onDelivered({ order }: Batch): void {
    this.#marksUnderWay.delete(order);
    if (this.#marks.isDue && this.#isRelaxed) this.#appendMarks();
  }

  /** The queue's report: a batch stands on disk as the entry of this number. */
  onSpooled({ order }: Batch, entry: number): void {
    const marks = this.#marksUnderWay.get(order);
    this.#marksUnderWay.delete(order);
    if (marks !== undefined) this.#spooledMarks.set(entry, marks);
    if (this.#spooledMarks.size > MOST_SPOOLED_MARKS) this.#spooledMarks.delete(this.#spooledMarks.keys().next().value!);
    if (this.#marks.isDue && this.#isRelaxed) this.#appendMarks();
  }

  /** The queue's report: the disk has no more room for these entries. The losses in their marks must be reported again. */
  onSpoolDropped({ from, below }: { readonly from: number; readonly below: number }): void {
    for (const [entry, marks] of this.#spooledMarks) {
      if (entry >= below) continue;
      if (entry >= from) this.#marks.giveBack(marks);
      this.#spooledMarks.delete(entry); // Older entries were sent, or are on their way.
    }
  }

  /** The engine's report: a batch was given up. Its marks wait for the next batch; tried again at once, they might be given up again and again. */
  onGivenUp({ order }: Batch): void {
    this.#marks.giveBack(this.#marksUnderWay.get(order) ?? []);
    this.#marksUnderWay.delete(order);
  }

  /** No level is being dropped. */
  get #isRelaxed(): boolean {
    return this.#lowestTaken === 0;
  }

  /** While a level's share is used up, only more severe records are appended. */
  #appendByLevel(source: LaneSource, given: Int32Array, count: number): void {
    let frames = given;
    let [from, end] = [0, count];
    let lowest = this.#lowestTaken;
    while (from < end) {
      if (lowest > 0) {
        end = this.#dropBelow(lowest, source, frames, from, end);
        frames = this.#kept;
        from = 0;
      }
      from = this.#append(source, frames, from, end, lowest);
      lowest = Math.max(lowest + 1, this.#lowestTaken);
    }
  }

  get #lowestTaken(): number {
    return this.#shares.lowestTaken(this.#queue.bytesUsed, this.#queue.bytesUsable);
  }

  /** Returns the index of the first frame that this level's share has no room for. Frames that find no room in the whole queue are dropped. */
  #append(source: LaneSource, frames: Int32Array, start: number, end: number, levelRank?: number): number {
    const queue = this.#queue;
    let from = start;
    let to = end;
    while (from < end) {
      if (this.#marks.isDue && (queue.openIsEmpty || queue.newestOrder !== this.#markedOrder)) this.#appendMarks();
      if (!queue.claim(levelRank === undefined ? undefined : this.#roomOf(levelRank))) {
        this.#lose('queue_full', source, frames, from, end);
        return end;
      }
      const next = this.#encode(source, frames, from, to);
      if (next === FAILED && to - from > 1) {
        to = from + ((to - from) >> 1); // One of them is to blame: half as many, until it is alone.
        continue;
      }
      if (next > from) this.#commit(source, frames, from, next);
      else if (next === from && queue.isCut) return from;
      else if (next === FAILED || queue.openIsEmpty) {
        this.#lose(next === FAILED ? 'failed' : 'too_large', source, frames, from, from + 1);
        from++;
        to = end;
        continue;
      }
      if (next < to && !queue.isCut) {
        queue.seal();
        this.#engine.kick();
      }
      from = next;
      to = end;
    }
    return end;
  }

  #roomOf(levelRank: number): number {
    return this.#shares.limitOf(levelRank, this.#queue.bytesUsable) - this.#queue.bytesUsed;
  }

  /** An encoder that throws must not end the worker: its successor would meet the same frame again, without end. */
  #encode(source: FramesOfLane, frames: Int32Array, from: number, to: number): number {
    try {
      return getOrMake(this.#encoders, source, () => this.#makeEncoder(source)).encode(frames, from, to, this.#queue.output);
    } catch (error) {
      this.#encoders.delete(source); // It may be in the middle of something.
      this.#counters.setState('degraded', `A record could not be encoded: ${errorText(error)}`);
      return FAILED;
    }
  }

  #commit(source: LaneSource, frames: Int32Array, from: number, to: number): void {
    const first = frames[from];
    const given = this.#given;
    const isAll = frames === given.frames && from === 0 && to === given.count;
    const tally = isAll ? given.tally : tallyFrames(source, frames, from, to);
    this.#queue.commit({
      tally,
      calledNanos: callNanosOf(source, first),
      ...(source.lane === 'audit' && { firstNumber: source.tracker.full(source.words[first * 2 + 4]) }),
    });
    if (!source.holdsRecords) this.#counters.add('checkpoints', to - from);
    else if (recordsOf(tally) < to - from) this.#remember(ringMarks(source, frames, from, to));
  }

  #remember(marks: readonly MarkedLoss[]): void {
    getOrMake(this.#marksUnderWay, this.#queue.newestOrder, (): MarkedLoss[] => []).push(...marks);
  }

  /** Drops the frames below a rank and gathers the others in `#kept`. Returns how many those are. */
  #dropBelow(lowest: number, source: LaneSource, frames: Int32Array, from: number, end: number): number {
    const kept = this.#kept;
    const before = tallyFrames(source, frames, from, end);
    let count = 0;
    for (let i = from; i < end; i++) {
      const frame = frames[i];
      if (levelRankOf(source.words, frame) >= lowest) kept[count++] = frame;
      else if (isMark(source, frame)) this.#counters.missRingMark(lossesOfMark(source, frame));
    }
    this.#drop('queue_full', withoutTally(before, tallyFrames(source, kept, 0, count)));
    return count;
  }

  #lose(reason: DropReason, source: LaneSource, frames: Int32Array, from: number, to: number): void {
    this.#drop(reason, tallyFrames(source, frames, from, to));
    for (const { records } of ringMarks(source, frames, from, to)) this.#counters.missRingMark(records);
  }

  #drop(reason: DropReason, records: Tally): void {
    if (recordsOf(records) > 0) this.#counters.drop(reason, records);
  }

  /** Appends the marks that are due, as far as there is room; no level's share bounds them. */
  #appendMarks(): void {
    const { source, frames } = this.#marks;
    const queue = this.#queue;
    const count = this.#marks.write();
    for (let from = 0; from < count && queue.claim(); ) {
      const next = this.#encode(source, frames, from, count);
      if (next <= from) {
        if (next === FAILED || queue.openIsEmpty) return; // It never fits. Its losses are counted all the same.
        queue.seal();
        continue;
      }
      queue.commit({ tally: NO_RECORDS, calledNanos: Number(source.nanos[frames[from] + 1]) });
      this.#markedOrder = queue.newestOrder;
      for (; from < next; from++) this.#remember([this.#marks.sent(from)]);
    }
  }
}

/** Marks that a ring has put among its frames. */
function ringMarks(source: LaneSource, frames: Int32Array, from: number, to: number): readonly MarkedLoss[] {
  const marks: MarkedLoss[] = [];
  for (let i = from; i < to; i++) {
    if (isMark(source, frames[i])) marks.push({ reason: 'ring_full', records: lossesOfMark(source, frames[i]) });
  }
  return marks;
}
