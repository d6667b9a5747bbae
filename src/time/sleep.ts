/**
 * Blocks a thread for a short time: for code that must finish before it returns. Imports nothing.
 */

const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the calling thread for so many milliseconds. */
export function sleepNow(millis: number): void {
  Atomics.wait(nobodyWakes, 0, 0, millis);
}
