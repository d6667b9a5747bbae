/**
 * Divides a budget that is too small for all sizes.
 */

/**
 * The level up to which each size counts so that together they make `available`: a smaller size is kept whole, a larger one is cut to the level, and all of
 * `available` is used. Infinite when everything fits.
 */
export function waterLevel(sizes: readonly number[], available: number): number {
  const ascending = [...sizes].sort((a, b) => a - b);
  let left = Math.max(0, available);
  for (let i = 0; i < ascending.length; i++) {
    const share = Math.floor(left / (ascending.length - i));
    if (ascending[i] > share) return share;
    left -= ascending[i];
  }
  return Number.POSITIVE_INFINITY;
}
