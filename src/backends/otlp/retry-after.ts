/**
 * The HTTP header Retry-After (RFC 9110 §10.2.3) as a pause.
 */

/**
 * Milliseconds to wait, by the header. Undefined when it is not usable (absent, neither a number of seconds nor a date) and when it means "now" (0, a date in
 * the past): then the sender's own growing pause is better for a server that refuses.
 */
export function retryAfterMillis(header: string | undefined, nowUnixMillis: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const millis = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowUnixMillis;
  return millis > 0 ? millis : undefined;
}
