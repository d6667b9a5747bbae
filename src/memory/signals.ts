/**
 * Words of an instance that its threads wait on, compare at each call, or obey. Their block is always shared memory: waiting does not work on mapped memory.
 * Words that outlive an instance are in memory/run.ts.
 */
import { allocatorOf, SHARED_MEMORY } from './allocator.ts';
import type { Block } from './block.ts';

/**
 * i32, a line of its own: raised when anything that loggers cache has changed (levels, scope ids), and when a call is to be timed. Each call compares
 * it anyway, so neither costs anything more.
 */
export const SIGNAL_GENERATION = 0;
/** Added to it, a call of each logger is timed (caller/call-cost.ts). In the highest bits, so that it never carries into those below. */
export const GENERATION_SAMPLE = 1 << 24;
/** Its bits that change with each change. They wrap after 2^24 changes: only a logger that is not called during exactly so many misses one. */
export const GENERATION_CHANGES = GENERATION_SAMPLE - 1;

/** i32: 1 while the worker sleeps. A producer that has filled a batch sets it to 0 and notifies. */
export const SIGNAL_PARKED = 16;

/** i32: number of the newest flush asked for; the worker looks at it in each turn. The flush words' protocol is in memory/flush.ts. */
export const SIGNAL_FLUSH_ASKED = 32;
/** i32: number of the newest flush answered. Askers sleep on it. */
export const SIGNAL_FLUSH_DONE = 33;
/** i32: one of the WORKER_* states below. */
export const SIGNAL_WORKER_STATE = 34;
/** i32: raised by the worker in each turn of its loop, so that other threads see whether it still runs. */
export const SIGNAL_HEARTBEAT = 35;
/** i32: what comes after the flush that is asked for, bits ENDING_* of memory/flush.ts. */
export const SIGNAL_FLUSH_ENDING = 36;
/** i32: latest deadline of the flushes that are asked for. */
export const SIGNAL_FLUSH_UNTIL = 37;
/** i32: number of the newest flush that brought everything through. */
export const SIGNAL_FLUSH_COMPLETE = 38;
/** i32: series beyond the limit for all threads together; see series/merge.ts. */
export const SIGNAL_OVERFLOWED_SERIES = 39;

/** i32: measurements of metrics that are of another kind; see `SeriesCollector.leftOut`. */
export const SIGNAL_LEFT_OUT = 44;

/** i32: 1 when another instance has replaced this one: it is no longer announced to threads. */
export const SIGNAL_REPLACED = 40;

/** i32: bit of the routing masks, plus one, of the backend whose module the worker is in now; 0: none. See memory/foreign-code.ts. */
export const SIGNAL_INSIDE_MODULE = 41;
/** i32: bits of the backends whose modules have been called and have not settled. */
export const SIGNAL_MODULES_UNDER_WAY = 42;

/** i32: which thread delivers the records, {@link DELIVERY_OPEN} or one of the DELIVERY_BY_* below. It is decided once. */
const SIGNAL_DELIVERY = 43;

/** i32: a random number, never 0, by which every thread distinguishes instances. */
const SIGNAL_IDENTITY = 49;

/** i32: version of the level rules, odd while they are being written. */
export const SIGNAL_LEVELS_VERSION = 64;
/** i32: byte length of the level rules, JSON text. */
export const SIGNAL_LEVELS_LENGTH = 65;
/** Byte offset of that text. */
export const LEVELS_OFFSET_BYTES = 512;
/** Longest text of level rules: some hundreds of patterns. */
export const LEVELS_MAX_BYTES = 32_768 - LEVELS_OFFSET_BYTES;

/** i32: version of the level rules that an operator has set, odd while they are being written. */
export const SIGNAL_OVERRIDES_VERSION = 66;
/** i32: byte length of those rules, JSON text. */
export const SIGNAL_OVERRIDES_LENGTH = 67;
/** Byte offset of that text. */
export const OVERRIDES_OFFSET_BYTES = LEVELS_OFFSET_BYTES + LEVELS_MAX_BYTES;
/** Longest text of an operator's rules: some dozens. */
export const OVERRIDES_MAX_BYTES = 4_096;

const SIGNALS_BYTES = OVERRIDES_OFFSET_BYTES + OVERRIDES_MAX_BYTES;
const SIGNALS_FORMAT = 1;

export const WORKER_BOOTING = 0;
export const WORKER_RUNNING = 1;
export const WORKER_STOPPED = 2;
export const WORKER_FAILED = 3;

const DELIVERY_OPEN = 0;
/** A worker has begun, or one of its successors goes on. */
export const DELIVERY_BY_WORKER = 1;
/** The instance has ended before a worker had begun: by a shutdown, or with the process or thread that made it. */
export const DELIVERY_BY_MAKER = 2;

/** Always shared memory, whatever the other blocks lie in: threads wait on it. */
export function allocateSignals(): Block {
  const block = allocatorOf(SHARED_MEMORY).allocate({ kind: 'signals', format: SIGNALS_FORMAT, bytes: SIGNALS_BYTES });
  block.words[SIGNAL_IDENTITY] = Math.ceil(Math.random() * 0x7fffffff) || 1;
  return block;
}

export function identityOf(signals: Int32Array): number {
  return signals[SIGNAL_IDENTITY];
}

/** Takes the delivery, if no other thread has taken it. False: another one has. */
export function takeDelivery(signals: Int32Array, by: typeof DELIVERY_BY_WORKER | typeof DELIVERY_BY_MAKER): boolean {
  const found = Atomics.compareExchange(signals, SIGNAL_DELIVERY, DELIVERY_OPEN, by);
  return found === DELIVERY_OPEN || found === by;
}

/**
 * Wakes the worker if it sleeps. Costs one load when it does not.
 * The exchange pairs with the worker's store of 1 in its park step: the thread that takes the 1 sends the wake-up, so that it is sent once.
 */
export function wake(signals: Int32Array): void {
  if (Atomics.load(signals, SIGNAL_PARKED) === 1 && Atomics.exchange(signals, SIGNAL_PARKED, 0) === 1) {
    Atomics.notify(signals, SIGNAL_PARKED);
  }
}
