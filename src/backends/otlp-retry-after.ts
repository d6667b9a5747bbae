/**
 * The HTTP header Retry-After (RFC 9110 §10.2.3) as a pause.
 */

/** Longest pause a server may ask for: a mistaken header must not silence us for longer than the Collector itself keeps on retrying (max_elapsed_time, 300 s). */
export const MAX_RETRY_AFTER_MILLIS = 300_000;

/**
 * Milliseconds to wait, at most {@link MAX_RETRY_AFTER_MILLIS}. Undefined when the header says nothing usable (absent, not a number of seconds nor
 * a date) and when it says "now" (0, a date in the past): the sender's own growing pause is then the better answer to a server that refuses.
 */
export function retryAfterMillis(header: string | undefined, nowUnixMillis: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const millis = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowUnixMillis;
  return millis > 0 ? Math.min(millis, MAX_RETRY_AFTER_MILLIS) : undefined;
}
