/**
 * A ring's counters, for `health()` and metrics. Any thread that has the memory can read them.
 */
import { LEVEL_COUNT } from '../record.ts';
import {
  CONTROL_BYTES,
  F64_DROPPED,
  F64_SAMPLED_OUT,
  F64_SEQUENCE_TOTAL,
  REASON_COUNT,
  RING_DROP_REASONS,
  TAIL_POSITION_MASK,
  UNIT_BYTES,
  WORD_CLOSED,
  WORD_DRAINED,
  WORD_HEAD,
  WORD_HIGH_WATER,
  WORD_SEQUENCE,
  WORD_TAIL,
} from './layout.ts';

export interface RingAccount {
  /** Records offered: taken and refused. */
  readonly offered: number;
  /** Records in the ring or beyond it. `offered` less everything dropped. */
  readonly accepted: number;
  /** Accepted records that the consumer has not released yet. */
  readonly pending: number;
  /** `dropped[level rank][reason]`, reasons as in {@link RING_DROP_REASONS}. */
  readonly dropped: readonly (readonly number[])[];
  /** Records that sampling has left out, by level rank; none of those offered. */
  readonly sampledOut: readonly number[];
  /** Share of the ring in use, 0–1. */
  readonly fill: number;
  /** Largest fill seen at a look of the producer, 0–1. */
  readonly highWater: number;
}

/** {@link RingAccount.pending} alone: each flush reports it. */
export function pendingIn(memory: ArrayBufferLike): number {
  const control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
  const counters = new Float64Array(memory, 0, CONTROL_BYTES / 8);
  if (isOver(control)) return 0;
  let lost = 0;
  for (let i = F64_DROPPED; i < F64_DROPPED + LEVEL_COUNT * REASON_COUNT; i++) lost += counters[i];
  return notReleased(control, offeredOf(control, counters) - lost);
}

/**
 * Whether the producer has ended and everything it committed is released. A thread that was terminated in a call has claimed a number for a record that it did
 * not commit: that call has not returned, so the record was not accepted, and it is not counted from here on. `control`: the words of the ring's control block.
 */
export function isOver(control: Int32Array): boolean {
  return (
    Atomics.load(control, WORD_CLOSED) === 1 &&
    Atomics.load(control, WORD_HEAD) === (Atomics.load(control, WORD_TAIL) & TAIL_POSITION_MASK)
  );
}

/** Records claimed: the total of the last fold, and those that the 32-bit sequence has counted since. */
function offeredOf(control: Int32Array, counters: Float64Array): number {
  const total = counters[F64_SEQUENCE_TOTAL];
  return total + ((Atomics.load(control, WORD_SEQUENCE) - total) >>> 0);
}

/** Of so many accepted records, those that are not released. A ring holds fewer than 2^31, so the low bits of the counts suffice. */
function notReleased(control: Int32Array, accepted: number): number {
  return Math.max(0, (accepted - Atomics.load(control, WORD_DRAINED)) | 0);
}

export function accountOf(memory: ArrayBufferLike): RingAccount {
  const control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
  const counters = new Float64Array(memory, 0, CONTROL_BYTES / 8);
  const capacity = (memory.byteLength - CONTROL_BYTES) / UNIT_BYTES;
  const dropped = Array.from({ length: LEVEL_COUNT }, (_, rank) =>
    RING_DROP_REASONS.map((_reason, reason) => counters[F64_DROPPED + rank * REASON_COUNT + reason]),
  );
  const lost = dropped.flat().reduce((sum, count) => sum + count, 0);
  const head = Atomics.load(control, WORD_HEAD);
  const tail = Atomics.load(control, WORD_TAIL) & TAIL_POSITION_MASK;
  const units = head >= tail ? head - tail : capacity - tail + head;
  const claimed = offeredOf(control, counters) - lost;
  const left = notReleased(control, claimed);
  const [accepted, pending] = isOver(control) ? [claimed - left, 0] : [claimed, left];
  return {
    offered: accepted + lost,
    accepted,
    pending,
    dropped,
    sampledOut: Array.from({ length: LEVEL_COUNT }, (_, rank) => counters[F64_SAMPLED_OUT + rank]),
    fill: capacity === 0 ? 0 : units / capacity,
    highWater: capacity === 0 ? 0 : Math.max(units, control[WORD_HIGH_WATER]) / capacity,
  };
}

/**
 * Copies the control block of a ring whose producer has ended and which is drained: the ring's account is in it. `kept`: memory of
 * {@link CONTROL_BYTES}.
 */
export function keepAccount(memory: ArrayBufferLike, kept: ArrayBufferLike): void {
  new Uint8Array(kept).set(new Uint8Array(memory, 0, CONTROL_BYTES));
}
