/**
 * Whether a time stands in a foreign record because its logger has stamped it just now. Ours is the more exact then; another time is something that the
 * record says.
 */

import { unixMillis } from '../../time/clock.ts';

const NOW_MILLIS = 1_000;

export function saysNow(value: unknown): boolean {
  const millis = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Math.abs(millis - unixMillis()) < NOW_MILLIS;
}
