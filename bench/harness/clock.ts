/**
 * The clock of the cases: nanoseconds as a number, without making a BigInt for each reading.
 */
const readClock = process.hrtime.bigint;
const reading = new BigInt64Array(1);
const halves = new Uint32Array(reading.buffer);
const TWO_32 = 2 ** 32;

/** Nanoseconds of the monotonic clock. Exact for the first 104 days that a machine is up. */
export function nanos(): number {
  reading[0] = readClock();
  return halves[1] * TWO_32 + halves[0];
}

/** CPU time of the calling thread, all of it: user and system, ns. Node 23.9 or later; before that of the whole process. */
export function threadCpuNanos(): number {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) * 1000;
}

export function sleep(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

const never = new Int32Array(new SharedArrayBuffer(4));

/** Sleeps without the event loop, so that the other cores are free for whoever reads what was written. */
export function sleepSync(millis: number): void {
  if (millis > 0) Atomics.wait(never, 0, 0, millis);
}
