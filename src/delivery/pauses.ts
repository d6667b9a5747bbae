/**
 * What all pauses between attempts have in common.
 */

/**
 * Longest pause a destination may ask for: a mistaken header must not stop us for longer than the Collector itself keeps on retrying
 * (`max_elapsed_time`, 300 s).
 */
export const MAX_ASKED_PAUSE_MILLIS = 300_000;

/** The pause that a destination gets when it asks for so many milliseconds. */
export function grantedPause(askedMillis: number): number {
  return Math.min(Math.max(askedMillis, 0), MAX_ASKED_PAUSE_MILLIS);
}

/** Half of it is fixed and half of it random, so that the processes of a host do not all return at once. */
export function jittered(millis: number, random: () => number): number {
  return (millis / 2) * (1 + random());
}
