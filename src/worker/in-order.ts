/**
 * Frames of several rings in the order of their calls, for destinations that people read as they come: rings are drained one after another, and an audit line
 * could come before the log lines of the calls before it.
 */
import type { Destination } from '../delivery/destination.ts';
import { callNanosOf, type LaneSource, MAX_FRAMES } from '../read/lane-source.ts';

/** The remaining frames of one ring for this destination. */
interface Queue {
  readonly source: LaneSource;
  readonly frames: Int32Array;
  from: number;
}

const scratch: Int32Array[] = [];

/** `bit`: the destination's place in the routing masks. Each source has been scanned and is not released yet. */
export function deliverInOrder(sources: readonly LaneSource[], destination: Destination, bit: number): void {
  let queues: Queue[] = sources
    .map((source, i) => ({ source, frames: framesFor(source, 1 << bit, i), from: 0 }))
    .filter(({ frames }) => frames.length > 0);
  while (queues.length > 0) {
    const [first, next] = queues.sort((a, b) => nextNanos(a) - nextNanos(b));
    const untilNanos = next === undefined ? Number.POSITIVE_INFINITY : nextNanos(next);
    let to = first.from + 1;
    while (to < first.frames.length && callNanosOf(first.source, first.frames[to]) <= untilNanos) to++;
    destination.deliver(first.source, first.frames.subarray(first.from, to), to - first.from);
    first.from = to;
    if (to === first.frames.length) queues = queues.filter((queue) => queue !== first);
  }
}

function nextNanos({ source, frames, from }: Queue): number {
  return callNanosOf(source, frames[from]);
}

function framesFor({ frames, masks, count }: LaneSource, mask: number, index: number): Int32Array {
  scratch[index] ??= new Int32Array(MAX_FRAMES);
  const found = scratch[index];
  let length = 0;
  for (let i = 0; i < count; i++) if ((masks[i] & mask) !== 0) found[length++] = frames[i];
  return found.subarray(0, length);
}
