/**
 * OpenTelemetry's time inputs → nanoseconds since the Unix epoch.
 */
import type { TimeInput } from '@opentelemetry/api';
import { TIME_ORIGIN_MILLIS } from '../time/clock.ts';

const NANOS_PER_SECOND = 1_000_000_000n;

/**
 * Smaller numbers are readings of `performance.now()`: three years of uptime, or March 1973. The SDK draws the line at the start of the process, and
 * so moves the times of records from before it (a journal that is replayed, say) by decades.
 */
const MAX_UPTIME_MILLIS = 1e11;

/** `[seconds, nanoseconds]`, milliseconds since the epoch, a reading of `performance.now()`, or a Date. Undefined for anything else. */
export function toUnixNanos(time: TimeInput | undefined): bigint | undefined {
  if (time === undefined || time === null) return undefined;
  if (Array.isArray(time)) {
    const [seconds, nanos] = time;
    return Number.isFinite(seconds) && Number.isFinite(nanos)
      ? BigInt(Math.trunc(seconds)) * NANOS_PER_SECOND + BigInt(Math.trunc(nanos))
      : undefined;
  }
  const millis =
    time instanceof Date
      ? time.getTime()
      : typeof time === 'number' && time >= 0 && time < MAX_UPTIME_MILLIS
        ? TIME_ORIGIN_MILLIS + time
        : (time as number);
  if (!Number.isFinite(millis)) return undefined;
  const whole = Math.floor(millis);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((millis - whole) * 1e6));
}
