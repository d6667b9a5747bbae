/**
 * Where the parts of a shaped frame stand: see codec/layout.ts.
 */
import { extraTagUnits, HEADER_UNITS, TRACE_UNITS, UNITS_MASK } from '../codec/layout.ts';

/** Tag of a slot of the frame at `unit`. The words of tags beyond the first eight follow the header's own directly. */
export function slotTag(words: Int32Array, unit: number, slot: number): number {
  return (words[unit * 2 + 5 + (slot >> 3)] >>> ((slot & 7) << 2)) & 15;
}

/** Unit of the first slot of a frame with so many of them. */
export function firstSlotUnit(unit: number, slots: number): number {
  return unit + HEADER_UNITS + extraTagUnits(slots);
}

/** Units that an inline text or value of `byteLength` takes. */
export function inlineUnits(byteLength: number): number {
  return (byteLength + 7) >> 3;
}

/** Unit of the trace id of a frame that has one; the span id follows it after two units. */
export function traceUnit(unit: number, head: number): number {
  return unit + (head & UNITS_MASK) - TRACE_UNITS;
}
