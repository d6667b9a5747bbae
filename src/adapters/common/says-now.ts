/**
 * Whether the time of a foreign record was stamped by its logger just now. Then ours is more exact; another time is data of the record.
 */

import { unixMillis } from '../../time/clock.ts';

const NOW_MILLIS = 1_000;

export function saysNow(value: unknown): boolean {
  const millis = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Math.abs(millis - unixMillis()) < NOW_MILLIS;
}
