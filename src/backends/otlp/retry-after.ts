/**
 * The HTTP header Retry-After (RFC 9110 §10.2.3) as a pause.
 */

/**
 * Milliseconds to wait, as many as the header says. Undefined when it says nothing usable (absent, not a number of seconds nor a date) and when it
 * says "now" (0, a date in the past): the sender's own growing pause is then the better answer to a server that refuses.
 */
export function retryAfterMillis(header: string | undefined, nowUnixMillis: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const millis = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowUnixMillis;
  return millis > 0 ? millis : undefined;
}
