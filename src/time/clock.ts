/**
 * The clock of a record: nanoseconds of the monotonic clock. The worker adds the wall clock's offset (worker/wall-clock.ts).
 *
 * Taken out of `process.hrtime` once: looking it up in each call costs 7 ns more. The result is stored straight into a BigInt64Array, which
 * lets the engine skip making a BigInt (25 ns a reading; `performance.now()` 32–57). It also keeps fake timers of a test runner, installed later, out of the pipeline.
 */
export const readClock: () => bigint = process.hrtime.bigint;
