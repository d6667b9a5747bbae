/**
 * The one resolution at which histograms are recorded, and where its buckets end.
 *
 * A *fine* bucket is one of 64 of a power of two: (2^(i/64), 2^((i+1)/64)], the buckets of OpenTelemetry's exponential histogram of scale 6. The middle of
 * a bucket is at most 0.55 % away from anything in it, which keeps percentiles within 1 %; pairs of buckets are the buckets of the next lower scale, so every
 * exponential histogram of scale 6 or less is had exactly, and explicit bounds are counted where they cut a bucket (`splits.ts`).
 * 64 buckets, an octave, are a *page*, which exists once a value falls in it. A series that has used up its fine pages counts further octaves in *coarse*
 * buckets of eight octaves (scale −3), so that no value is left out and memory stays bounded.
 *
 * Magnitudes of 2^-1022 and below count as zero. Buckets are named by a page key and an index in the page:
 * fine: key = octave (the float's biased exponent, 1–2046), + 2048 for negative values; coarse: key = 4096 + group of 512 octaves, + 8 for negative values.
 */
import { PAGE_BUCKETS } from './layout.ts';

/** Scale of the fine buckets, as OpenTelemetry counts: 2^scale buckets an octave. */
export const FINE_SCALE = 6;
/** Scale of the coarse buckets. */
export const COARSE_SCALE = -3;
/** Relative error of a fine bucket's middle against its ends: (2^(1/64) − 1) / (2^(1/64) + 1). */
export const FINE_RELATIVE_ERROR = 0.0055;

export const NEGATIVE_FINE = 2048;
export const COARSE_KEYS = 4096;
const NEGATIVE_COARSE = 8;
/** Exponent bias of a double. */
const BIAS = 1023;

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

/** Lower ends of the 64 buckets of the octave [1, 2]. */
const ENDS = Float64Array.from({ length: PAGE_BUCKETS + 1 }, (_, i) => 2 ** (i / PAGE_BUCKETS));

/**
 * The bucket of a mantissa by its upper seven bits: no slot of 1/128 holds more than one bucket end, since ends are 1/91 apart or more. `GUESS` is the bucket
 * at the slot's start; from (`EDGE_HIGH`, `EDGE_LOW`) on, the upper 20 and lower 32 bits of the end within the slot, it is the next one.
 */
export const SLOT_SHIFT = 13;
export const GUESS = new Uint8Array(128);
export const EDGE_HIGH = new Int32Array(128).fill(0x7fff_ffff);
export const EDGE_LOW = new Uint32Array(128);
for (let slot = 0, bucket = 0; slot < 128; slot++) {
  GUESS[slot] = bucket;
  const end = ENDS[bucket + 1]!;
  if (end < 1 + (slot + 1) / 128) {
    double[0] = end;
    EDGE_HIGH[slot] = words[HIGH] & 0xfffff;
    EDGE_LOW[slot] = words[LOW];
    bucket++;
  }
}

/** Octave (biased exponent) of the fine bucket that holds a positive finite magnitude; 0 when it counts as zero. */
export function octaveOf(magnitude: number): number {
  double[0] = magnitude;
  // Upper ends belong to their bucket, so the float just below decides.
  return (words[LOW] === 0 ? words[HIGH] - 1 : words[HIGH]) >> 20;
}

/** Index, within its octave's page, of the fine bucket that holds a magnitude. */
export function fineIndexOf(magnitude: number): number {
  double[0] = magnitude;
  const low = words[LOW];
  const mantissa = (low === 0 ? words[HIGH] - 1 : words[HIGH]) & 0xfffff;
  const slot = mantissa >>> SLOT_SHIFT;
  const edge = EDGE_HIGH[slot];
  return GUESS[slot] + (mantissa >= edge && (mantissa > edge || (low - 1) >>> 0 >= EDGE_LOW[slot]) ? 1 : 0);
}

export function finePageKey(octave: number, negative: boolean): number {
  return negative ? octave + NEGATIVE_FINE : octave;
}

/** Coarse buckets begin at powers of 256, so octaves are counted from 2^-1024. */
export function coarsePageKey(octave: number, negative: boolean): number {
  return COARSE_KEYS + ((octave + 1) >> 9) + (negative ? NEGATIVE_COARSE : 0);
}

export function coarseIndexOf(octave: number): number {
  return ((octave + 1) >> 3) & (PAGE_BUCKETS - 1);
}

export function isCoarse(pageKey: number): boolean {
  return pageKey >= COARSE_KEYS;
}

export function isNegative(pageKey: number): boolean {
  return (pageKey & (isCoarse(pageKey) ? NEGATIVE_COARSE : NEGATIVE_FINE)) !== 0;
}

/** Lower end (exclusive) of a bucket's magnitudes. */
export function lowerEnd(pageKey: number, index: number): number {
  if (isCoarse(pageKey)) return 2 ** (8 * coarseNumber(pageKey, index));
  return ENDS[index]! * 2 ** ((pageKey & 2047) - BIAS);
}

/** Upper end (inclusive) of a bucket's magnitudes; infinite for the last one. */
export function upperEnd(pageKey: number, index: number): number {
  if (isCoarse(pageKey)) return 2 ** (8 * coarseNumber(pageKey, index) + 8);
  return ENDS[index + 1]! * 2 ** ((pageKey & 2047) - BIAS);
}

/** Number of a bucket in an exponential histogram of its own scale, as OpenTelemetry counts: (base^number, base^(number + 1)]. */
export function exponentialNumber(pageKey: number, index: number): number {
  return isCoarse(pageKey) ? coarseNumber(pageKey, index) : ((pageKey & 2047) - BIAS) * PAGE_BUCKETS + index;
}

function coarseNumber(pageKey: number, index: number): number {
  return ((pageKey & 7) << 6) + index - 128;
}
