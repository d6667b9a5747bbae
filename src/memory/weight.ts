/**
 * V8 collects garbage when much memory of ArrayBuffers was added, but it does not count shared memory: the blocks of threads that have ended would stay until a
 * thread that knows them happens to collect. A service at rest, and the worker, do not for hours.
 */

/** Smaller blocks are not worth an object. */
const LEAST_BYTES = 65_536;

/** By the shared memory that they stand for. */
const weights = new WeakMap<SharedArrayBuffer, ArrayBuffer>();

/**
 * Lets V8 count shared memory in this thread, as long as the thread knows it: by a buffer of the same size, which nothing reads or writes. Linux gives a buffer
 * that may be resized memory page by page, when it is written to: this one takes none, though `process.memoryUsage().external` counts it. (Windows may set memory
 * aside for it.)
 */
export function weigh(shared: SharedArrayBuffer): void {
  const { byteLength } = shared;
  if (byteLength < LEAST_BYTES || weights.has(shared)) return;
  try {
    weights.set(shared, new ArrayBuffer(byteLength, { maxByteLength: byteLength }));
  } catch {
    // No addresses are left for it, so the block stays uncounted.
  }
}
