/**
 * Counts of each backend: records taken, delivered and dropped. They are shared numbers in given memory, so that they outlive a worker that dies and any thread
 * can read them at any time.
 *
 * The account of a backend always closes, for each lane and level: `taken = delivered + every drop + what still waits`. While a worker lives the words may be
 * a store apart; `settle` closes the account again after a death.
 *
 * Beside each count of drops is the number of those that a mark in the destination's own stream has reported. Both outlive the worker, so a successor writes
 * the marks that are missing.
 */
import { maskSecrets } from '../common/mask-secrets.ts';
import { SharedText } from '../memory/shared-text.ts';
import { LANES, type Lane, LEVELS, type Level } from '../record.ts';
import { unixMillis } from '../time/clock.ts';
import { CELLS, recordsOf, TALLY_CELLS, type Tally } from './tally.ts';
import { UNROUTED_BYTES } from './unrouted.ts';

/** Why records were lost on the way from the ring to a backend's destination. Losses in front of the ring are in the ring's own account. */
export const DROP_REASONS = [
  /** The backend did not keep up and its outbox or queue was full. */
  'queue_full',
  /** One record did not fit into an empty slot or request. */
  'too_large',
  /** The destination refused the records for good (an HTTP 400, a closed pipe). */
  'rejected',
  /** They could not be encoded, or were refused for too long. */
  'failed',
  /** They still waited when the shutdown's deadline had come. */
  'shutdown',
  /** They were in a queue of the worker's own heap when the worker died. */
  'worker_died',
  /** They were the oldest in a spool that was full. */
  'spool_full',
  /** They were in files of a spool that were damaged, cut off or removed. */
  'spool_damaged',
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** Why records are missing where a mark stands: a ring was full, or one of {@link DROP_REASONS}. Frames and shared memory hold positions in this table. */
export const LOSS_REASONS = ['ring_full', ...DROP_REASONS] as const;
export type LossReason = (typeof LOSS_REASONS)[number];

/** `ok`: the last attempt was taken. `degraded`: it was refused and is made again. `failed`: attempts have been refused for more than two seconds, or one for good; or one does not settle. */
export const BACKEND_STATES = ['ok', 'degraded', 'failed'] as const;
export type BackendState = (typeof BACKEND_STATES)[number];

/**
 * The counters besides the drops: the one declaration that `health()`, the metrics and the documentation are made from. A position in this table
 * is a position in memory.
 */
export const COUNTERS = [
  { name: 'taken', unit: '{record}', meaning: 'Records that routes sent to this backend.' },
  { name: 'delivered', unit: '{record}', meaning: 'Records its destination has taken.' },
  { name: 'bytes', unit: 'By', meaning: 'Encoded bytes its destination has taken.' },
  { name: 'batches', unit: '{batch}', meaning: 'Writes or requests its destination has taken.' },
  { name: 'retries', unit: '{attempt}', meaning: 'Writes or requests that were refused and offered again.' },
  { name: 'reopens', unit: '{open}', meaning: 'Times the destination was opened again because it was moved, deleted or broken.' },
  {
    name: 'written_through',
    unit: '{record}',
    meaning: 'Audit records that the caller wrote itself because their ring was full.',
  },
  {
    name: 'restored',
    unit: '{record}',
    meaning: 'Records that were found in the spool, of earlier runs. They count as taken.',
  },
  {
    name: 'checkpoints',
    unit: '{checkpoint}',
    meaning:
      'Copies of checkpoints of the audit trail that were put among the records. They are no records and count in no other number of records.',
  },
  {
    name: 'failed_over',
    unit: '{record}',
    meaning: 'Records that went to the backends of `failover` in its place. They do not count as taken.',
  },
] as const;
export type CounterName = (typeof COUNTERS)[number]['name'];

/** State of a circuit breaker: it lets all through, nothing, or one probe at a time. */
const CIRCUIT_STATES = ['closed', 'open', 'half_open'] as const;
export type CircuitState = (typeof CIRCUIT_STATES)[number];

/** Contents of a spool. */
export interface SpoolAccount {
  readonly records: number;
  /** Of files that hold something that waits. */
  readonly bytes: number;
  /** When the oldest record was put there; undefined when nothing waits. */
  readonly oldestUnixMillis: number | undefined;
}

/** Dropped records by lane, level and reason; absent where zero. */
export type DroppedByLane = Readonly<Partial<Record<Lane, Readonly<Partial<Record<Level, Readonly<Record<string, number>>>>>>>>;

export interface BackendAccount {
  readonly state: BackendState;
  /** The last error of the destination or the operating system, with a remedy where there is one; it stays after recovery. */
  readonly lastError?: string;
  /** Time of that error, Unix milliseconds. */
  readonly lastErrorUnixMillis?: number;
  readonly counts: Readonly<Record<CounterName, number>>;
  readonly dropped: Readonly<Record<DropReason, number>>;
  readonly droppedByLane: DroppedByLane;
  /** Of a destination that has circuit breakers: by lane. */
  readonly circuits: Readonly<Partial<Record<Lane, CircuitState>>>;
  /** Of a backend that has spools: by lane. */
  readonly spools: Readonly<Partial<Record<Lane, SpoolAccount>>>;
}

/*
 * One block per backend:
 *   i64 0 – 15     COUNTERS: of what has no level, such as bytes, or exports of metrics
 *   i64 16 – 31    DROP_REASONS, of what has no level
 *   i64 32         Unix milliseconds of the last error
 *   i32 66         state: index into BACKEND_STATES
 *   i32 67         version of the text; see memory/shared-text.ts
 *   i32 68         byte length of the text
 *   bytes 320 –    text, UTF-8
 *   i64 128 –      tallies (tally.ts): taken, delivered, then sixteen of losses by LOSS_REASONS, then as many of what marks have told of these.
 *                  The losses of `ring_full` are those whose mark the destination could not take; the ring itself counts them
 *   i64 672 –      by lane: state of the circuit + 1, or 0; 1 if there is a spool; its records, its bytes, Unix milliseconds of its oldest record
 */
const BLOCK_BYTES = 6144;
const FIRST_DROP = 16;
const ERROR_TIME = 32;
const STATE = 66;
const TEXT_VERSION = 67;
const TEXT_LENGTH = 68;
const TEXT_OFFSET_BYTES = 320;
const TEXT_BYTES = 1024 - TEXT_OFFSET_BYTES;
const TAKEN = 128;
const DELIVERED = TAKEN + TALLY_CELLS;
const LOST = DELIVERED + TALLY_CELLS;
const MARKED = LOST + 16 * TALLY_CELLS;
const WAYS = MARKED + 16 * TALLY_CELLS;
const WAY_WORDS = 8;
const CIRCUIT = 0;
const SPOOLS = 1;
const SPOOL_RECORDS = 2;
const SPOOL_BYTES = 3;
const SPOOL_OLDEST = 4;

const WORD_OF: ReadonlyMap<string, number> = new Map([
  ...COUNTERS.map(({ name }, index) => [name, index] as const),
  ...DROP_REASONS.map((reason, index) => [`dropped.${reason}`, FIRST_DROP + index] as const),
]);

/** Version of the layout. */
export const COUNTERS_FORMAT = 3;

/** Bytes that the counters of so many backends need, those of unrouted records in front of them. */
export function countersBytes(backends: number): number {
  return UNROUTED_BYTES + backends * BLOCK_BYTES;
}

/** Records taken, and neither delivered nor dropped yet. While a worker counts, the numbers may be a moment apart. */
export function pendingOf(taken: number, delivered: number, dropped: number): number {
  return Math.max(0, taken - delivered - dropped);
}

/** The counters of one backend. Any thread may count, read, or do both. */
export class BackendCounters {
  readonly #counts: BigInt64Array;
  readonly #words: Int32Array;
  readonly #error: SharedText;
  /** Grows whenever a loss or a mark is counted through this object. */
  lossChanges = 1;

  /** `index`: position of the backend in the order that the instance has given its backends. Fresh memory is all zeros: nothing counted, state `ok`. */
  constructor(memory: ArrayBufferLike, index: number) {
    const offset = UNROUTED_BYTES + index * BLOCK_BYTES;
    this.#counts = new BigInt64Array(memory, offset, BLOCK_BYTES / 8);
    this.#words = new Int32Array(memory, offset, TEXT_OFFSET_BYTES / 4);
    const bytes = new Uint8Array(memory, offset + TEXT_OFFSET_BYTES, TEXT_BYTES);
    this.#error = new SharedText(this.#words, TEXT_VERSION, TEXT_LENGTH, bytes);
  }

  /** Counts something without a level. */
  add(name: CounterName, amount: number): void {
    Atomics.add(this.#counts, WORD_OF.get(name)!, BigInt(amount));
  }

  /** Routes have sent these records here. */
  take(records: Tally): void {
    this.#addTally(TAKEN, records);
  }

  /** The destination has taken them. */
  deliver(records: Tally): void {
    this.#addTally(DELIVERED, records);
  }

  /** They are lost. A number: of things without a level, which no mark reports. */
  drop(reason: DropReason, records: Tally | number): void {
    if (typeof records === 'number') Atomics.add(this.#counts, WORD_OF.get(`dropped.${reason}`)!, BigInt(records));
    else this.#lose(reason, records);
  }

  /** A ring's own mark, of records that the ring counts as dropped, could not be passed on: a later mark of this destination must report them. */
  missRingMark(records: Tally): void {
    this.#lose('ring_full', records);
  }

  /** Losses for this reason that no mark has reported. */
  unmarked(reason: LossReason): Tally {
    const lost = this.#tally(LOST + LOSS_REASONS.indexOf(reason) * TALLY_CELLS);
    const marked = this.#tally(MARKED + LOSS_REASONS.indexOf(reason) * TALLY_CELLS);
    return lost.map((records, cell) => records - marked[cell]);
  }

  /** A mark has reported these. */
  mark(reason: LossReason, records: Tally): void {
    this.#addTally(MARKED + LOSS_REASONS.indexOf(reason) * TALLY_CELLS, records);
    this.lossChanges++;
  }

  /** The destination has refused a mark with these. */
  unmark(reason: LossReason, records: Tally): void {
    this.#addTally(
      MARKED + LOSS_REASONS.indexOf(reason) * TALLY_CELLS,
      records.map((count) => -count),
    );
    this.lossChanges++;
  }

  get(name: CounterName): number {
    const unlevelled = Number(Atomics.load(this.#counts, WORD_OF.get(name)!));
    if (name === 'taken') return unlevelled + recordsOf(this.#tally(TAKEN));
    if (name === 'delivered') return unlevelled + recordsOf(this.#tally(DELIVERED));
    return unlevelled;
  }

  dropped(reason: DropReason): number {
    return this.droppedWithoutLevel(reason) + recordsOf(this.droppedTally(reason));
  }

  droppedWithoutLevel(reason: DropReason): number {
    return Number(Atomics.load(this.#counts, WORD_OF.get(`dropped.${reason}`)!));
  }

  /** By lane and level. */
  droppedTally(reason: DropReason): Tally {
    return this.#tally(LOST + LOSS_REASONS.indexOf(reason) * TALLY_CELLS);
  }

  get droppedByLane(): DroppedByLane {
    const found: Partial<Record<Lane, Partial<Record<Level, Record<string, number>>>>> = {};
    for (const reason of DROP_REASONS) {
      const tally = this.droppedTally(reason);
      for (const { cell, lane, levelRank } of CELLS) {
        if (tally[cell] === 0) continue;
        found[lane] ??= {};
        found[lane][LEVELS[levelRank]] = { ...found[lane][LEVELS[levelRank]], [reason]: tally[cell] };
      }
    }
    return found;
  }

  /** Records dropped for any reason. */
  get droppedTotal(): number {
    return DROP_REASONS.reduce((sum, reason) => sum + this.dropped(reason), 0);
  }

  /** See {@link pendingOf}. */
  get pending(): number {
    return pendingOf(this.get('taken'), this.get('delivered'), this.droppedTotal);
  }

  setCircuit(lane: Lane, state: CircuitState): void {
    this.#setWay(lane, CIRCUIT, CIRCUIT_STATES.indexOf(state) + 1);
  }

  /** Undefined where there is none. */
  circuitOf(lane: Lane): CircuitState | undefined {
    return CIRCUIT_STATES[this.#way(lane, CIRCUIT) - 1];
  }

  setSpool(lane: Lane, { records, bytes, oldestUnixMillis }: SpoolAccount): void {
    this.#setWay(lane, SPOOLS, 1);
    this.#setWay(lane, SPOOL_RECORDS, records);
    this.#setWay(lane, SPOOL_BYTES, bytes);
    this.#setWay(lane, SPOOL_OLDEST, oldestUnixMillis ?? 0);
  }

  /** Undefined where there is none. */
  spoolOf(lane: Lane): SpoolAccount | undefined {
    if (this.#way(lane, SPOOLS) === 0) return undefined;
    const oldest = this.#way(lane, SPOOL_OLDEST);
    return {
      records: this.#way(lane, SPOOL_RECORDS),
      bytes: this.#way(lane, SPOOL_BYTES),
      oldestUnixMillis: oldest === 0 ? undefined : oldest,
    };
  }

  /** Records in all of its spools. */
  get spooled(): number {
    return LANES.reduce((sum, lane) => sum + (this.spoolOf(lane)?.records ?? 0), 0);
  }

  get state(): BackendState {
    return BACKEND_STATES[Atomics.load(this.#words, STATE)]!;
  }

  /** Credentials in the text are masked: much of it comes from outside. The text of the last error stays when the state returns to `ok`. Any thread may call this: the worker, and a caller that writes an audit event itself. */
  setState(state: BackendState, error?: string, atUnixMillis: number = unixMillis()): void {
    if (error !== undefined) {
      Atomics.store(this.#counts, ERROR_TIME, BigInt(Math.trunc(atUnixMillis)));
      this.#error.write(maskSecrets(error));
    }
    // Stored after its text: a reader that sees the state (partner: the load in `read`) finds the reason too.
    Atomics.store(this.#words, STATE, BACKEND_STATES.indexOf(state));
  }

  read(): BackendAccount {
    const { state } = this;
    const lastError = this.#error.read()?.text ?? '';
    return {
      state,
      ...(lastError === '' ? {} : { lastError, lastErrorUnixMillis: Number(Atomics.load(this.#counts, ERROR_TIME)) }),
      counts: Object.fromEntries(COUNTERS.map(({ name }) => [name, this.get(name)])) as Record<CounterName, number>,
      dropped: Object.fromEntries(DROP_REASONS.map((reason) => [reason, this.dropped(reason)])) as Record<DropReason, number>,
      droppedByLane: this.droppedByLane,
      circuits: byLane((lane) => this.circuitOf(lane)),
      spools: byLane((lane) => this.spoolOf(lane)),
    };
  }

  /**
   * Closes the account after the death of a worker, before its successor counts anything. `waiting`: records that survived it in an outbox.
   *
   * `redelivered`, for outboxes: a record counted as taken but not in the outbox is still in its ring and will be taken again, one counted as
   * delivered but still in the outbox will be delivered again; so `taken` is set to the sum of the other numbers. `lost`, for queues in the
   * worker's heap: records that were taken and are in no other number are counted as dropped, `worker_died`.
   */
  settle(waiting: Tally, missing: 'redelivered' | 'lost'): void {
    const open = this.#tally(TAKEN);
    for (const gone of [this.#tally(DELIVERED), waiting, ...DROP_REASONS.map((reason) => this.droppedTally(reason))]) {
      for (let cell = 0; cell < TALLY_CELLS; cell++) open[cell] -= gone[cell];
    }
    const lost = open.map((records) => (missing === 'lost' ? Math.max(0, records) : 0));
    this.#lose('worker_died', lost);
    this.#addTally(
      TAKEN,
      open.map((records, cell) => lost[cell] - records),
    );
  }

  #way(lane: Lane, word: number): number {
    return Number(Atomics.load(this.#counts, WAYS + LANES.indexOf(lane) * WAY_WORDS + word));
  }

  #setWay(lane: Lane, word: number, value: number): void {
    Atomics.store(this.#counts, WAYS + LANES.indexOf(lane) * WAY_WORDS + word, BigInt(Math.trunc(value)));
  }

  #lose(reason: LossReason, records: Tally): void {
    this.#addTally(LOST + LOSS_REASONS.indexOf(reason) * TALLY_CELLS, records);
    this.lossChanges++;
  }

  #addTally(first: number, records: Tally): void {
    for (let cell = 0; cell < TALLY_CELLS; cell++) {
      if (records[cell] !== 0) Atomics.add(this.#counts, first + cell, BigInt(records[cell]));
    }
  }

  #tally(first: number): Tally {
    return Float64Array.from({ length: TALLY_CELLS }, (_, cell) => Number(Atomics.load(this.#counts, first + cell)));
  }
}

/** Lanes without one are left out. */
function byLane<T>(of: (lane: Lane) => T | undefined): Partial<Record<Lane, T>> {
  return Object.fromEntries(LANES.flatMap((lane) => (of(lane) === undefined ? [] : [[lane, of(lane)]])));
}
