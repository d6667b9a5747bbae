/**
 * How well the machine's clock agrees with UTC, by the kernel (adjtimex, through the optional package `koffi`), or by chrony's own command.
 */
import { execFile } from 'node:child_process';
import { loadKoffi } from '../memory/mapped/koffi.ts';

export interface ClockStatus {
  /** `unknown`: neither could be asked. */
  readonly source: 'adjtimex' | 'chrony' | 'unknown';
  /** Offset that is still to be corrected, microseconds. */
  readonly offsetMicros?: number;
  /** Greatest distance of the clock from UTC, microseconds; absent where nothing synchronises the clock. */
  readonly maxErrorMicros?: number;
  readonly isSynchronised?: boolean;
}

const UNKNOWN: ClockStatus = { source: 'unknown' };

/** `struct timex` of 64-bit Linux (adjtimex(2)). */
const TIMEX_BYTES = 208;
const OFFSET_AT = 8;
const MAX_ERROR_AT = 24;
const STATUS_AT = 40;
const STATUS_UNSYNCHRONISED = 0x40;
const STATUS_NANOSECONDS = 0x2000;
/** Return value of adjtimex where the clock is not synchronised. */
const TIME_ERROR = 5;

const CHRONY_MILLIS = 1_000;

type Adjtimex = (timex: Buffer) => number;

let adjtimex: Adjtimex | null | undefined;

/** Never rejects. */
export async function readClockStatus(): Promise<ClockStatus> {
  return fromKernel() ?? (await fromChrony()) ?? UNKNOWN;
}

function fromKernel(): ClockStatus | undefined {
  if (adjtimex === undefined) adjtimex = loadAdjtimex();
  if (adjtimex === null) return undefined;
  const timex = Buffer.alloc(TIMEX_BYTES);
  const state = adjtimex(timex);
  return state < 0 ? undefined : statusOf(timex, state);
}

/** Reads a filled `struct timex` and the call's return value. */
export function statusOf(timex: Buffer, state: number): ClockStatus {
  const status = timex.readInt32LE(STATUS_AT);
  const isSynchronised = state !== TIME_ERROR && (status & STATUS_UNSYNCHRONISED) === 0;
  const offset = Number(timex.readBigInt64LE(OFFSET_AT)) / ((status & STATUS_NANOSECONDS) === 0 ? 1 : 1_000);
  return {
    source: 'adjtimex',
    offsetMicros: offset,
    // Where nothing synchronises the clock, the kernel lets the number grow to a bound that means nothing.
    ...(isSynchronised && { maxErrorMicros: Number(timex.readBigInt64LE(MAX_ERROR_AT)) }),
    isSynchronised,
  };
}

function loadAdjtimex(): Adjtimex | null {
  if (process.platform !== 'linux' || (process.arch !== 'x64' && process.arch !== 'arm64')) return null;
  try {
    return loadKoffi().load(null).func('int adjtimex(_Inout_ uint8_t *timex)') as Adjtimex;
  } catch {
    return null;
  }
}

function fromChrony(): Promise<ClockStatus | undefined> {
  return new Promise((resolve) => {
    execFile('chronyc', ['-c', '-n', 'tracking'], { timeout: CHRONY_MILLIS }, (error, output) =>
      resolve(error === null ? statusOfChrony(output) : undefined),
    );
  });
}

/** Reads the output of `chronyc -c tracking`: seconds, and the leap status at the end. */
export function statusOfChrony(output: string): ClockStatus | undefined {
  const fields = output.trim().split(',');
  const [offset, delay, dispersion] = [4, 10, 11].map((index) => Number(fields[index]));
  if (fields.length < 14 || ![offset, delay, dispersion].every(Number.isFinite)) return undefined;
  const isSynchronised = fields[13] !== 'Not synchronised';
  return {
    source: 'chrony',
    offsetMicros: offset! * 1e6,
    // chrony's own bound: its offset, the dispersion of its source, and half of the delay to it.
    ...(isSynchronised && { maxErrorMicros: (Math.abs(offset!) + dispersion! + delay! / 2) * 1e6 }),
    isSynchronised,
  };
}
