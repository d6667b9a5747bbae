/**
 * Constants of an output, encoded once: keys, heads of records, texts that repeat. They are copied eight bytes at a time, past their end if necessary: the
 * bytes that come next overwrite the rest. Against `Uint8Array.set`, which costs a call out of compiled code: 131 → 87 ns for a JSON line. The eight bytes
 * travel as a BigInt, which compiled code never makes; as a double they could be a NaN, whose bits need not survive.
 */

/** Bytes that a copy may touch beyond the segment's own. The first two units are copied without asking whether they are needed. */
export const SEGMENT_SLACK = 16;

/** Segments stand side by side in arenas, which go when none of their segments is left: with a buffer for each they would take twice the memory. */
const ARENA_BYTES = 65_536;
let arena = new ArrayBuffer(ARENA_BYTES);
let arenaUsed = 0;

export class Segment {
  /** Bytes that count. */
  readonly length: number;
  /** The bytes in units of eight, at least two of them, padded with zeros. */
  readonly units: BigInt64Array;

  constructor(bytes: Uint8Array) {
    const size = Math.max(16, (bytes.length + 7) & ~7);
    if (arenaUsed + size > arena.byteLength) {
      arena = new ArrayBuffer(Math.max(size, ARENA_BYTES));
      arenaUsed = 0;
    }
    this.length = bytes.length;
    this.units = new BigInt64Array(arena, arenaUsed, size >> 3);
    arenaUsed += size;
    this.bytes.set(bytes);
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.units.buffer, this.units.byteOffset, this.length);
  }
}

export function textSegment(text: string): Segment {
  return new Segment(Buffer.from(text));
}

/** Copies `segment` to `at`; returns where it ends. Touches up to {@link SEGMENT_SLACK} bytes beyond. */
export function writeSegment(view: DataView, at: number, segment: Segment): number {
  const { units } = segment;
  view.setBigInt64(at, units[0], true);
  view.setBigInt64(at + 8, units[1], true);
  for (let i = 2, to = at + 16; i < units.length; i++, to += 8) view.setBigInt64(to, units[i], true);
  return at + segment.length;
}

/** Copies `length` bytes that stand at unit offset `unit` of a ring, in the same way; returns where they end. */
export function writeUnits(view: DataView, at: number, units: BigInt64Array, unit: number, length: number): number {
  for (let i = 0; i < length; i += 8) view.setBigInt64(at + i, units[unit++], true);
  return at + length;
}
