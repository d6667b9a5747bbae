/**
 * An outbox with a spool behind it. The delivery engine and the encoders see one queue.
 *
 * ```
 *   encoders ──> outbox ─────────────────────────────> engine ──> destination
 *                  │  while the circuit is not closed,   ^
 *                  v  or when the outbox fills           │  first, as long as it holds anything
 *                spool ──────────────────────────────────┘
 * ```
 *
 * So records leave in the order in which they came, apart from batches that were on their way when the circuit opened. Records in the spool are not copied back
 * into the outbox: they are read a few requests ahead. Small entries, written while an outage had just begun, are sent together.
 */
import { errorText } from '../common/error-text.ts';
import type { BatchWriter, ByteQueue, Committed } from '../delivery/batch-queue.ts';
import type { Outbox, OutboxSlot } from '../delivery/outbox.ts';
import type { EncodedBatch } from '../delivery/sender.ts';
import type { Output } from '../encoders/encoder.ts';
import { addTally, newTally, recordsOf, type Tally, withoutTally } from '../health/tally.ts';
import { SYSTEM_TIMERS, type Timers } from '../time/timers.ts';
import type { SpooledBatch } from './spool.ts';
import type { SpoolStore } from './store.ts';

/** The outbox goes to the spool from this fill on: before the least level's share of it is used up (`overflow.trace`, 0.4). */
const SPOOL_FROM_FILL = 0.35;
/**
 * Log records are put into the spool this long after they came, so that many stand in one entry. Audit events that the destination has not taken for so long go
 * there too, although the circuit is closed. So it is what a kill of the process in an outage costs.
 */
const GATHER_MILLIS = 250;
/** After the disk has refused. */
const RETRY_MILLIS = 1_000;
/** Between looks for spools that others have left behind. */
const ADOPT_MILLIS = 15_000;
/** Positions of the outbox's numbers in the spool that are kept, for flushes; every second one goes when there are more. */
const MOST_MARKS = 256;

export interface SpooledQueueOptions {
  readonly outbox: Outbox;
  readonly store: SpoolStore;
  /** Each record goes to the disk as soon as the disk takes it. Otherwise they are gathered for a moment. */
  readonly isUrgent: boolean;
  /** Bytes of a request. */
  readonly batchBytes: number;
  /** Requests under way at once. */
  readonly concurrency: number;
  /** There may be something to take. */
  readonly onReady: () => void;
  /** A batch of the outbox is in the spool, as the entry of this number; the engine will see its records in another batch. */
  readonly onSpooled: (batch: EncodedBatch, entry: number) => void;
  /** The destination has taken a batch that is in the spool too: its records will be delivered once more. */
  readonly onRepeated: (records: Tally) => void;
  /** The disk has refused. True: something was done about it, and it is to be tried again at once. */
  readonly onRefused: (error: unknown, message: string) => Promise<boolean>;
  /** Called when the waiting records have changed. */
  readonly onChange: () => void;
  readonly timers?: Timers | undefined;
}

interface Given {
  readonly batch: EncodedBatch;
  /** In the order in which batches came out of the outbox and out of the spool. */
  readonly number: number;
  /** Undefined: of the outbox. */
  readonly spooled: SpooledBatch | undefined;
}

export class SpooledQueue implements ByteQueue<EncodedBatch> {
  readonly #options: SpooledQueueOptions;
  readonly #outbox: Outbox;
  readonly #store: SpoolStore;
  readonly #timers: Timers;
  readonly #given = new Map<EncodedBatch, Given>();
  /** Batches that the engine may take next, oldest first: read ahead, or put back. */
  readonly #ready: Given[] = [];
  /** On their way, and in the spool too. Their slots are free when they have come to their end: what is sent is read from there. */
  readonly #repeated = new Set<EncodedBatch>();
  /** Where numbers of the outbox went in the spool, both growing. */
  #marks: { readonly order: number; readonly entry: number }[] = [];
  #givenOut = 0;
  /** The destination is away. */
  #isDiverting = false;
  #isClosed = false;
  #spooling: Promise<void> | undefined;
  #isReading = false;
  #wantsOpen = false;
  /** Urgent only: batches of the outbox that nobody has taken, oldest first, and when they began (monotonic milliseconds). */
  #untaken: { readonly order: number; readonly sinceMillis: number }[] = [];
  /** Records that are urgent have waited in memory for too long. */
  #isLate = false;
  #lateTimer: unknown;
  #gatherTimer: unknown;
  #retryTimer: unknown;
  #adoptTimer: unknown;
  #isPausing = false;

  constructor(options: SpooledQueueOptions) {
    this.#options = options;
    this.#outbox = options.outbox;
    this.#store = options.store;
    this.#timers = options.timers ?? SYSTEM_TIMERS;
    this.#adoptLater();
  }

  /** The circuit in front of the destination is not closed: what comes goes to the spool. */
  divert(isDiverting: boolean): void {
    this.#isDiverting = isDiverting;
    if (isDiverting) this.#spool();
  }

  // The encoders' interface is the outbox's.

  get output(): Output {
    return this.#outbox.output;
  }

  claim(maxBytes?: number): boolean {
    return this.#outbox.claim(maxBytes);
  }

  commit(committed: Committed): void {
    this.#outbox.commit(committed);
    if (this.#options.isUrgent) {
      const order = this.#outbox.newestOrder;
      if (this.#untaken.at(-1)?.order !== order) this.#untaken.push({ order, sinceMillis: this.#timers.monotonic() });
      this.#watch();
    }
    if (this.#wantsSpooling) this.#spool();
  }

  seal(): void {
    this.#outbox.seal();
    if (this.#wantsSpooling) this.#spool();
  }

  get openIsEmpty(): boolean {
    return this.#outbox.openIsEmpty;
  }

  get isCut(): boolean {
    return this.#outbox.isCut;
  }

  get bytesFree(): number {
    return this.#outbox.bytesFree;
  }

  get bytesUsed(): number {
    return this.#outbox.bytesUsed;
  }

  get bytesUsable(): BatchWriter['bytesUsable'] {
    return this.#outbox.bytesUsable;
  }

  // The engine's interface.

  take(openToo: boolean): EncodedBatch | undefined {
    if (this.#isClosed) return undefined;
    const next = this.#ready.shift();
    if (!this.#store.isRead) this.#readAhead();
    if (next !== undefined) return next.batch;
    // Batches in the spool, or on their way to it, come first.
    if (!this.#store.isRead || this.#isReading || this.#spooling !== undefined) return undefined;
    const batch = this.#outbox.take(openToo);
    if (batch !== undefined) this.#give(batch, undefined);
    return batch;
  }

  putBack(batch: EncodedBatch): void {
    if (this.#repeated.delete(batch)) return this.#outbox.release(batch as OutboxSlot);
    const given = this.#given.get(batch);
    if (given === undefined) return;
    this.#ready.push(given);
    this.#ready.sort((left, right) => left.number - right.number);
    if (this.#wantsSpooling) this.#spool();
  }

  release(batch: EncodedBatch): void {
    const given = this.#given.get(batch);
    this.#given.delete(batch);
    if (this.#repeated.delete(batch)) {
      this.#outbox.release(batch as OutboxSlot);
      this.#options.onRepeated(batch.tally);
    } else if (given?.spooled !== undefined) this.#store.release(given.spooled);
    else if (given !== undefined) this.#outbox.release(batch as OutboxSlot);
    if (!this.#store.isRead) this.#readAhead();
    this.#options.onChange();
  }

  /** Batches in the spool stay there. */
  close(): Tally {
    this.#isClosed = true;
    for (const timer of [this.#gatherTimer, this.#lateTimer, this.#retryTimer, this.#adoptTimer])
      this.#timers.clearTimeout(timer);
    const lost = this.#outbox.close();
    return [...this.#repeated].reduce((left, { tally }) => withoutTally(left, tally), lost);
  }

  async end(): Promise<void> {
    await this.#store.close();
  }

  /** The process ends: everything goes to the spool, what is on its way too. Settles when it is there, or when the disk refuses. */
  async keep(): Promise<void> {
    await this.#spooling;
    if (this.#isClosed) return;
    this.#spooling = this.#keepAll();
    await this.#spooling;
    this.#options.onReady();
  }

  get waiting(): Tally {
    const waiting = newTally();
    addTally(waiting, this.#outbox.waiting);
    addTally(waiting, this.#store.waiting);
    return waiting;
  }

  get newestOrder(): number {
    return this.#outbox.newestOrder;
  }

  get oldestOrder(): number {
    return Math.min(this.#outbox.oldestOrder, this.#oldestSpooledOrder);
  }

  get #oldestSpooledOrder(): number {
    if (this.#store.isEmpty) {
      this.#marks = [];
      return Number.POSITIVE_INFINITY;
    }
    const { oldest } = this.#store.entryNumbers;
    while (this.#marks.length > 1 && this.#marks[1].entry <= oldest) this.#marks.shift();
    // Batches of an earlier run are older than all of this one.
    if (this.#marks.length === 0 || this.#marks[0].entry > oldest) return 0;
    return Math.min(...this.#marks.map(({ order }) => order));
  }

  get #wantsSpooling(): boolean {
    if (this.#spooling !== undefined || this.#isPausing || this.#isClosed) return false;
    return this.#isWanted;
  }

  get #isWanted(): boolean {
    return this.#isDiverting || this.#isLate || this.#outbox.bytesUsed > SPOOL_FROM_FILL * this.#outbox.bytesUsable;
  }

  #give(batch: EncodedBatch, spooled: SpooledBatch | undefined): Given {
    if (spooled === undefined) this.#untaken = this.#untaken.filter(({ order }) => order > batch.order);
    const given = { batch, number: ++this.#givenOut, spooled };
    this.#given.set(batch, given);
    return given;
  }

  #spool(): void {
    if (!this.#wantsSpooling) return;
    this.#spooling = this.#spoolAll().finally(() => {
      this.#spooling = undefined;
      this.#options.onChange();
      this.#options.onReady();
      if (this.#isDiverting && !this.#options.isUrgent && !this.#outbox.openIsEmpty) this.#gather();
    });
  }

  async #spoolAll(): Promise<void> {
    for (;;) {
      if (!this.#isWanted || this.#isClosed) return;
      const openToo = this.#isLate || (this.#isDiverting && (this.#options.isUrgent || this.#wantsOpen));
      const next = this.#nextToSpool(openToo);
      if (next === undefined) {
        this.#wantsOpen = false;
        this.#isLate = false;
        return;
      }
      if (!(await this.#append(next))) return;
    }
  }

  /** Batches that were put back come before those that were never taken. Undefined when there is nothing to be spooled. */
  #nextToSpool(openToo: boolean): Given | undefined {
    const index = this.#isDiverting || this.#isLate ? this.#ready.findIndex(({ spooled }) => spooled === undefined) : -1;
    if (index >= 0) return this.#ready.splice(index, 1)[0];
    const batch = this.#outbox.take(openToo);
    return batch === undefined ? undefined : this.#give(batch, undefined);
  }

  /** False when the disk has refused; the batch waits in the outbox then. */
  async #append(given: Given, isUnderWay = false): Promise<boolean> {
    const { batch } = given;
    const { onRefused, onSpooled, onChange } = this.#options;
    for (;;) {
      try {
        await this.#store.append({ bytes: batch.bytes, counts: batch.tally, firstNumber: batch.firstNumber });
        break;
      } catch (error) {
        if (await onRefused(error, errorText(error))) continue;
        if (!isUnderWay) this.#putToOutbox(given);
        this.#pause();
        return false;
      }
    }
    this.#mark(batch.order);
    this.#given.delete(batch);
    if (isUnderWay) this.#repeated.add(batch);
    else this.#outbox.release(batch as OutboxSlot);
    onSpooled(batch, this.#store.entryNumbers.next - 1);
    onChange();
    return true;
  }

  #putToOutbox(given: Given): void {
    this.#given.delete(given.batch);
    this.#outbox.putBack(given.batch as OutboxSlot);
  }

  #mark(order: number): void {
    this.#marks.push({ order, entry: this.#store.entryNumbers.next - 1 });
    if (this.#marks.length <= MOST_MARKS) return;
    this.#marks = this.#marks.flatMap((mark, index) => {
      const next = this.#marks[index + 1] ?? mark;
      return index % 2 === 0 ? [{ entry: mark.entry, order: Math.min(mark.order, next.order) }] : [];
    });
  }

  /** The open batch goes to the spool a moment later. */
  #gather(): void {
    if (this.#gatherTimer !== undefined) return;
    this.#gatherTimer = this.#timers.setTimeout(() => {
      this.#gatherTimer = undefined;
      this.#wantsOpen = true;
      this.#spool();
    }, GATHER_MILLIS);
  }

  /** Urgent records do not wait in memory for an answer that does not come, although the circuit is still closed. */
  #watch(millis = GATHER_MILLIS): void {
    if (this.#lateTimer !== undefined || this.#isClosed) return;
    this.#lateTimer = this.#timers.setTimeout(() => {
      this.#lateTimer = undefined;
      const isPutBack = this.#ready.some(({ spooled }) => spooled === undefined);
      if (this.#isClosed || (this.#outbox.bytesUsed === 0 && !isPutBack)) return;
      // What has just come may gather for its request: it is watched until it is as old.
      const [oldest] = this.#untaken;
      const left = oldest === undefined || isPutBack ? 0 : oldest.sinceMillis + GATHER_MILLIS - this.#timers.monotonic();
      if (left > 0) return this.#watch(left);
      this.#isLate = true;
      this.#spool();
      this.#watch();
    }, millis);
  }

  #pause(): void {
    this.#isPausing = true;
    this.#retryTimer = this.#timers.setTimeout(() => {
      this.#isPausing = false;
      this.#spool();
      this.#options.onReady();
    }, RETRY_MILLIS);
  }

  #readAhead(): void {
    if (this.#isReading || this.#isClosed || this.#isPausing) return;
    if (this.#ready.length >= this.#options.concurrency) return;
    this.#isReading = true;
    void this.#store
      .next(this.#options.batchBytes)
      .then(
        (spooled) => this.#receive(spooled),
        () => this.#pause(),
      )
      .finally(() => {
        this.#isReading = false;
        this.#options.onReady();
      });
  }

  #receive(spooled: SpooledBatch | undefined): void {
    if (spooled === undefined) return this.#options.onChange(); // Records that could not be read are counted as lost.
    const { bytes, counts, firstNumber } = spooled;
    const batch = {
      bytes,
      byteLength: bytes.length,
      records: recordsOf(counts),
      tally: counts,
      order: 0,
      calledNanos: 0,
      firstNumber,
    };
    this.#ready.push(this.#give(batch, spooled));
  }

  async #keepAll(): Promise<void> {
    try {
      const underWay = [...this.#given.values()].filter(({ spooled }) => spooled === undefined);
      for (const given of underWay.sort((left, right) => left.number - right.number)) {
        // It may have come to its end while the ones before it were written.
        if (!this.#given.has(given.batch)) continue;
        const index = this.#ready.indexOf(given);
        if (index >= 0) this.#ready.splice(index, 1);
        if (!(await this.#append(given, index < 0))) return;
      }
      for (let next = this.#outbox.take(true); next !== undefined; next = this.#outbox.take(true)) {
        if (!(await this.#append(this.#give(next, undefined)))) return;
      }
    } finally {
      this.#spooling = undefined;
      this.#options.onChange();
    }
  }

  #adoptLater(): void {
    this.#adoptTimer = this.#timers.setTimeout(() => {
      void this.#store.adopt().then((hasFound) => {
        if (this.#isClosed) return;
        this.#adoptLater();
        if (!hasFound) return;
        this.#options.onChange();
        this.#options.onReady();
      });
    }, ADOPT_MILLIS);
  }
}
