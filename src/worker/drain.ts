/**
 * The loop of the worker: it looks at every ring, hands frames to the backends that they are routed to, gives the memory back, and sleeps when there is little
 * to do. It never waits for a backend.
 */
import { type Destination, LOOK_ROOM_BYTES } from '../delivery/destination.ts';
import type { FlushAnswerer } from '../memory/flush.ts';
import { GENERATION_SAMPLE, SIGNAL_GENERATION, SIGNAL_HEARTBEAT, SIGNAL_PARKED } from '../memory/signals.ts';
import { callNanosOf, type LaneSource, MAX_FRAMES } from '../read/lane-source.ts';
import { monotonicMillis, readClock } from '../time/clock.ts';
import { nextTurn } from '../time/real-timers.ts';
import type { Failover } from './failover.ts';
import { deliverInOrder } from './in-order.ts';
import type { AnchoredClock } from './wall-clock.ts';

export interface DrainOptions {
  readonly signals: Int32Array;
  readonly flushes: FlushAnswerer;
  readonly clock: AnchoredClock;
  /** By bit of the routing masks. */
  readonly destinations: readonly Destination[];
  readonly batchSize: number;
  readonly flushIntervalMillis: number;
  /** Called once a look at a ring, with the age of its oldest record in microseconds. */
  readonly onDelay: (us: number) => void;
  /** A flush was asked for. */
  readonly onFlushAsked: () => void;
  /** Sends what is meant for destinations that do not take it to others. Undefined: none of them has others. */
  readonly failover?: Pick<Failover, 'look' | 'apply'> | undefined;
  /** A ring whose producer has ended is drained. */
  readonly onFinished: (source: LaneSource) => void;
}

/** Somebody who looks on. Does not throw, and takes a bounded time. */
export interface Onlooker {
  /** Frames were found, and are not given back yet. */
  see(source: LaneSource): void;
  /** The ring is drained and its thread has ended. */
  forget(source: LaneSource): void;
}

/** Turns without a pause after a full batch: at high rates a sleep and a wake-up would cost the caller more than this costs us. */
const LINGER_MILLIS = 1;

/** The worker asks for a call to be timed when no thread has asked for so long: threads that fill no batches never ask. */
const CALL_SAMPLE_MILLIS = 1_000;

export class Drain {
  readonly sources = new Set<LaneSource>();
  readonly #options: DrainOptions;
  readonly #lists: Int32Array[];
  readonly #counts: Int32Array;
  /** Bits of the destinations that want the frames of all rings in order. */
  readonly #inOrder: number;
  /** Undefined: nobody looks on. */
  onlooker: Onlooker | undefined;
  #stopped = false;

  constructor(options: DrainOptions) {
    this.#options = options;
    this.#lists = options.destinations.map(() => new Int32Array(MAX_FRAMES));
    this.#counts = new Int32Array(options.destinations.length);
    this.#inOrder = options.destinations.reduce((bits, { inOrder }, bit) => (inOrder ? bits | (1 << bit) : bits), 0);
  }

  /** Runs until `stop`. */
  async run(): Promise<void> {
    const { signals, flushes, batchSize, clock } = this.#options;
    let busyUntil = 0;
    let sampleAt = 0;
    let generation = Atomics.load(signals, SIGNAL_GENERATION);
    while (!this.#stopped) {
      Atomics.add(signals, SIGNAL_HEARTBEAT, 1);
      clock.refresh();
      const moved = this.turn();
      if (flushes.notice()) this.#options.onFlushAsked();
      const now = monotonicMillis();
      if (now >= sampleAt) {
        if (Atomics.load(signals, SIGNAL_GENERATION) === generation) Atomics.add(signals, SIGNAL_GENERATION, GENERATION_SAMPLE);
        generation = Atomics.load(signals, SIGNAL_GENERATION);
        sampleAt = now + CALL_SAMPLE_MILLIS;
      }
      if (moved >= batchSize) busyUntil = now + LINGER_MILLIS;
      if (now < busyUntil) await nextTurn();
      else await this.#park();
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** One look at every ring. Returns the records moved. */
  turn(): number {
    let moved = 0;
    const now = Number(readClock());
    const held: LaneSource[] = [];
    this.#options.failover?.look();
    for (const source of this.sources) {
      if (source.waitsForRoom && this.#options.destinations.some(({ room }) => room < LOOK_ROOM_BYTES)) continue;
      if (source.isPatient && this.#options.destinations.some((each) => !each.takesAll(source.lane))) continue;
      if (source.scan() > 0) {
        if (source.count > 0 && !source.isPatient) this.#options.onDelay((now - callNanosOf(source, source.frames[0])) / 1_000);
        this.onlooker?.see(source);
        moved += Math.max(1, source.count); // a turn of the dictionary is progress too
        this.#options.failover?.apply(source);
        this.#hand(source, source.union & ~this.#inOrder);
        if ((source.union & this.#inOrder) === 0) source.release();
        else held.push(source);
      } else if (source.finished) {
        this.sources.delete(source);
        for (const destination of this.#options.destinations) destination.forget(source);
        this.onlooker?.forget(source);
        this.#options.onFinished(source);
      }
    }
    this.#handInOrder(held);
    if (moved > 0) for (const destination of this.#options.destinations) destination.kick();
    return moved;
  }

  /** Moves everything that is in the rings now. False: audit records wait for room in an outbox. */
  drainAll(): boolean {
    // Producers may go on writing: the bound is more than rings can hold.
    for (let turns = 0; turns < 10_000; turns++) if (this.turn() === 0) break;
    for (const source of this.sources) if (source.waitsForRoom && !source.isPatient && !source.empty) return false;
    return true;
  }

  #handInOrder(sources: readonly LaneSource[]): void {
    if (sources.length === 1) this.#hand(sources[0], sources[0].union & this.#inOrder);
    else if (sources.length > 1) {
      const { destinations } = this.#options;
      for (const [bit, each] of destinations.entries()) if (each.inOrder) deliverInOrder(sources, each, bit);
    }
    for (const source of sources) source.release();
  }

  /** `wanted`: bits of the destinations that are to get their frames now. */
  #hand(source: LaneSource, wanted: number): void {
    const { destinations } = this.#options;
    const { frames, masks, count } = source;
    if (wanted === 0) return;
    if (source.uniform) {
      for (let bits = wanted; bits !== 0; bits &= bits - 1)
        destinations[31 - Math.clz32(bits & -bits)].deliver(source, frames, count);
      return;
    }
    const counts = this.#counts.fill(0);
    for (let i = 0; i < count; i++) {
      for (let bits = masks[i] & wanted; bits !== 0; bits &= bits - 1) {
        const index = 31 - Math.clz32(bits & -bits);
        this.#lists[index][counts[index]++] = frames[i];
      }
    }
    for (let bits = wanted; bits !== 0; bits &= bits - 1) {
      const index = 31 - Math.clz32(bits & -bits);
      destinations[index].deliver(source, this.#lists[index], counts[index]);
    }
  }

  /** Sleeps until a producer has filled a batch, a flush is asked for, or the interval is over. */
  async #park(): Promise<void> {
    const { signals, flushes, flushIntervalMillis } = this.#options;
    Atomics.store(signals, SIGNAL_PARKED, 1);
    // A flush that was asked for before the store above has sent no wake-up, because the worker was not marked as asleep.
    if (!flushes.isAsked && !this.#stopped) {
      const waiting = Atomics.waitAsync(signals, SIGNAL_PARKED, 1, flushIntervalMillis);
      if (waiting.async) await waiting.value;
    }
    Atomics.store(signals, SIGNAL_PARKED, 0);
  }
}
