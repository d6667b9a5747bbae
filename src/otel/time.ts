/**
 * OpenTelemetry's time inputs → nanoseconds since the Unix epoch.
 */
import type { TimeInput } from '@opentelemetry/api';

const NANOS_PER_SECOND = 1_000_000_000n;

/**
 * `[seconds, nanoseconds]`, milliseconds since the epoch, a reading of `performance.now()` (numbers smaller than the process's start, as the
 * SDK takes them), or a Date. Undefined for anything that is no time.
 */
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
      : typeof time === 'number' && time < performance.timeOrigin
        ? performance.timeOrigin + time
        : (time as number);
  if (!Number.isFinite(millis)) return undefined;
  const whole = Math.floor(millis);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((millis - whole) * 1e6));
}
