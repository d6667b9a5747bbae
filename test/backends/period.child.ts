/** Checks days and hours of the local clock at random moments; run with TZ set. Prints the first moment that fails, or `ok`. */
import fc from 'fast-check';
import { labelOf, periodEnd } from '../../src/files/rotation.ts';

const HOUR_MILLIS = 3_600_000;
const moment = fc.date({ min: new Date('2015-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });

fc.assert(
  fc.property(moment, fc.constantFrom('daily', 'hourly'), (date, every) => {
    const now = date.getTime();
    const precision = every === 'daily' ? 'day' : 'hour';
    const end = periodEnd(now, every, 'local');
    const name = `${date.toISOString()} ${every}`;
    if (end <= now || end - now > (every === 'daily' ? 25 : 2) * HOUR_MILLIS)
      throw new Error(`${name}: ends at ${new Date(end).toISOString()}`);
    if (labelOf(end - 1, precision, 'local') !== labelOf(now, precision, 'local'))
      throw new Error(`${name}: ends in another period`);
    if (labelOf(end, precision, 'local') <= labelOf(now, precision, 'local'))
      throw new Error(`${name}: the next has no later name`);
  }),
  { numRuns: 20_000 },
);
process.stdout.write(`ok ${labelOf(Date.UTC(2026, 0, 1), 'second', 'local')}`);
