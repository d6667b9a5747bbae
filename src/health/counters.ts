/**
 * What each backend took, delivered and dropped: shared numbers in given memory, so that they outlive a worker that dies and any thread can read
 * them at any time.
 *
 * The account of a backend always closes: `taken = delivered + every drop + what still waits`. While a worker lives the words may be a store
 * apart; `settle` closes the account again after a death.
 */
import { maskSecrets } from '../common/mask-secrets.ts';
import { SharedText } from '../memory/shared-text.ts';
import { unixMillis } from '../time/clock.ts';

/** Why records were lost on the way from the ring to a backend's destination. Losses in front of the ring are in the ring's own account. */
export const DROP_REASONS = [
  /** The backend did not keep up and its outbox or queue was full. */
  'queue_full',
  /** One record did not fit into an empty slot or request. */
  'too_large',
  /** The destination refused the records for good (an HTTP 400, a closed pipe). */
  'rejected',
  /** They could not be encoded, or the backend gave up on them. */
  'failed',
  /** They still waited when the shutdown's deadline had come. */
  'shutdown',
  /** They were in a queue of the worker's own heap when the worker died. */
  'worker_died',
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** `ok`: the last attempt was taken. `degraded`: refused, being retried. `failed`: refused for longer than a passing trouble, or for good. */
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
] as const;
export type CounterName = (typeof COUNTERS)[number]['name'];

export interface BackendAccount {
  readonly state: BackendState;
  /** What the destination or the operating system said last, with a remedy where there is one; stays readable after recovery. */
  readonly lastError?: string;
  /** When it said that, Unix milliseconds. */
  readonly lastErrorUnixMillis?: number;
  readonly counts: Readonly<Record<CounterName, number>>;
  readonly dropped: Readonly<Record<DropReason, number>>;
}

/*
 * One block per backend:
 *   i64 0 – 15     COUNTERS
 *   i64 16 – 31    DROP_REASONS
 *   i64 32         Unix milliseconds of the last error
 *   i32 66         state: index into BACKEND_STATES
 *   i32 67         version of the text; see memory/shared-text.ts
 *   i32 68         byte length of the text
 *   bytes 320 –    text, UTF-8
 */
const BLOCK_BYTES = 1024;
const FIRST_DROP = 16;
const ERROR_TIME = 32;
const STATE = 66;
const TEXT_VERSION = 67;
const TEXT_LENGTH = 68;
const TEXT_OFFSET_BYTES = 320;
const TEXT_BYTES = BLOCK_BYTES - TEXT_OFFSET_BYTES;

const WORD_OF: ReadonlyMap<string, number> = new Map([
  ...COUNTERS.map(({ name }, index) => [name, index] as const),
  ...DROP_REASONS.map((reason, index) => [`dropped.${reason}`, FIRST_DROP + index] as const),
]);

/** Version of the layout. */
export const COUNTERS_FORMAT = 1;

/** Bytes that the counters of so many backends need. */
export function countersBytes(backends: number): number {
  return backends * BLOCK_BYTES;
}

/** The counters of one backend. Any thread may count, read, or do both. */
export class BackendCounters {
  readonly #counts: BigInt64Array;
  readonly #words: Int32Array;
  readonly #error: SharedText;

  /** `index`: position of the backend in the order that the instance has given its backends. Fresh memory is all zeros: nothing counted, state `ok`. */
  constructor(memory: ArrayBufferLike, index: number) {
    const offset = index * BLOCK_BYTES;
    this.#counts = new BigInt64Array(memory, offset, ERROR_TIME + 1);
    this.#words = new Int32Array(memory, offset, TEXT_OFFSET_BYTES / 4);
    const bytes = new Uint8Array(memory, offset + TEXT_OFFSET_BYTES, TEXT_BYTES);
    this.#error = new SharedText(this.#words, TEXT_VERSION, TEXT_LENGTH, bytes);
  }

  add(name: CounterName, amount: number): void {
    Atomics.add(this.#counts, WORD_OF.get(name)!, BigInt(amount));
  }

  drop(reason: DropReason, records: number): void {
    Atomics.add(this.#counts, WORD_OF.get(`dropped.${reason}`)!, BigInt(records));
  }

  get(name: CounterName): number {
    return Number(Atomics.load(this.#counts, WORD_OF.get(name)!));
  }

  dropped(reason: DropReason): number {
    return Number(Atomics.load(this.#counts, WORD_OF.get(`dropped.${reason}`)!));
  }

  /** Records dropped for any reason. */
  get droppedTotal(): number {
    return DROP_REASONS.reduce((sum, reason) => sum + this.dropped(reason), 0);
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
    // Behind its text: who sees the state (partner: the load in `read`) finds the reason too.
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
    };
  }

  /**
   * Closes the account after the death of a worker, before its successor counts anything. `waiting`: records that survived it in an outbox.
   *
   * `redelivered`, for outboxes: a record counted as taken but not in the outbox is still in its ring and will be taken again, one counted as
   * delivered but still in the outbox will be delivered again; so `taken` is set to what the other numbers say. `lost`, for queues in the
   * worker's heap: what was taken and is nowhere to be found is counted as dropped, `worker_died`.
   */
  settle(waiting: number, missing: 'redelivered' | 'lost'): void {
    const open = this.get('taken') - this.get('delivered') - this.droppedTotal - waiting;
    if (missing === 'lost' && open > 0) this.drop('worker_died', open);
    else this.add('taken', -open);
  }
}
