/**
 * Sums of doubles without a rounding error on the way, so that neither order nor grouping changes them (Shewchuk, "Adaptive Precision Floating-Point Arithmetic
 * and Fast Robust Geometric Predicates", 1997). Totals that are only ever added to need that: Prometheus takes a total that falls by one unit in its last place
 * for one that has begun again. Imports nothing.
 */

const bits = new Float64Array(1);
const integerBits = new BigInt64Array(bits.buffer);

export class ExactSum {
  /** Numbers whose sum is the exact one, the least first; no two have bits in common. */
  #parts: number[] = [];

  /** @param value finite. A sum beyond the range of a double stays at the end of that range. */
  add(value: number): void {
    const parts = this.#parts;
    let carried = value;
    let kept = 0;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      const sum = carried + part;
      if (!Number.isFinite(sum)) {
        this.#parts = [Math.sign(sum) * Number.MAX_VALUE];
        return;
      }
      const share = sum - carried;
      const error = carried - (sum - share) + (part - share);
      if (error !== 0) parts[kept++] = error;
      carried = sum;
    }
    parts.length = kept;
    if (carried !== 0) parts.push(carried);
  }

  /** The exact sum as numbers, the greatest first: added up exactly again they are the same sum. */
  get parts(): number[] {
    return this.#parts.toReversed();
  }

  /** The double nearest to the exact sum. */
  get value(): number {
    const parts = this.#parts;
    let at = parts.length - 1;
    if (at < 0) return 0;
    let high = parts[at--]!;
    let low = 0;
    while (at >= 0 && low === 0) {
      const before = high;
      const part = parts[at--]!;
      high = before + part;
      low = part - (high - before);
    }
    // What is left decides where the rest lies in the middle between two doubles.
    if (at >= 0 && low !== 0 && low < 0 === parts[at]! < 0) {
      const twice = low * 2;
      const next = high + twice;
      if (next - high === twice) high = next;
    }
    return high;
  }

  /** The least double that is not below the exact sum. */
  get valueAbove(): number {
    const { value } = this;
    const rest = new ExactSum();
    for (const part of [...this.#parts, -value]) rest.add(part);
    return rest.value > 0 ? nextUp(value) : value;
  }
}

function nextUp(value: number): number {
  if (value >= Number.MAX_VALUE) return value;
  if (value === 0) return Number.MIN_VALUE;
  bits[0] = value;
  integerBits[0] += value > 0 ? 1n : -1n;
  return bits[0];
}
