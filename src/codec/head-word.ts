/**
 * The head word of a frame:
 *
 * ```
 * bits  0–11   units of the frame; 0 when they do not fit, see layout.ts
 *      12–14   level rank
 *      15      TRACE: the last three units of the frame hold trace id and span id
 *      16      SAMPLED: trace flag "sampled"
 *      17–31   scope id
 * ```
 *
 * Generated writers and methods contain these numbers as text; everything else packs and unpacks here.
 */

export const UNITS_MASK = 0xfff;
export const LEVEL_SHIFT = 12;
export const LEVEL_MASK = 7;
/** The last three units of the frame hold trace id and span id; the flags byte is {@link SAMPLED_BIT}. */
export const TRACE_BIT: number = 1 << 15;
/** Trace flag "sampled". Without {@link TRACE_BIT} it says {@link FROM_BRIDGE}. */
export const SAMPLED_BIT: number = 1 << 16;
/** Both bits of a trace. */
export const TRACE_MASK: number = TRACE_BIT | SAMPLED_BIT;
/** A combination that no trace has: a record without a trace, logged by the target of a bridge, and not for bridges. */
export const FROM_BRIDGE: number = SAMPLED_BIT;
export const SCOPE_SHIFT = 17;
/** Largest scope id that fits. */
export const MAX_SCOPE_ID: number = 2 ** (32 - SCOPE_SHIFT) - 1;

/** Bits of scope and level: what routes and plans depend on. */
export const KIND_BITS: number = (-1 << SCOPE_SHIFT) | (LEVEL_MASK << LEVEL_SHIFT);

/** Values of `head >>> LEVEL_SHIFT` that belong to one scope: its levels, with and without a trace. */
export const KINDS_OF_SCOPE: number = 1 << (SCOPE_SHIFT - LEVEL_SHIFT);

export function levelBits(rank: number): number {
  return rank << LEVEL_SHIFT;
}

export function scopeBits(id: number): number {
  return id << SCOPE_SHIFT;
}

export function rankIn(head: number): number {
  return (head >>> LEVEL_SHIFT) & LEVEL_MASK;
}

export function scopeIdIn(head: number): number {
  return head >>> SCOPE_SHIFT;
}

/** Scope, level and trace bits in one small number. */
export function kindIn(head: number): number {
  return head >>> LEVEL_SHIFT;
}
