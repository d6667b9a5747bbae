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

/** Greatest biased exponent of a finite double. */
export const MAX_OCTAVE = 2046;
/** Added to the page keys of fine buckets of negative values. */
export const NEGATIVE_FINE = 2048;
/** First page key of coarse buckets. */
const COARSE_KEYS = 4096;
const NEGATIVE_COARSE = 8;
/** Exponent bias of a double. */
const BIAS = 1023;

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

/** Lower ends of the 64 buckets of the octave [1, 2]. */
const ENDS = Float64Array.from({ length: PAGE_BUCKETS + 1 }, (_, i) => 2 ** (i / PAGE_BUCKETS));

/** Upper ends of an octave's buckets as mantissas: the upper 20 and the lower 32 bits. */
const END_HIGH = new Int32Array(PAGE_BUCKETS);
const END_LOW = new Uint32Array(PAGE_BUCKETS);
for (let i = 0; i < PAGE_BUCKETS - 1; i++) {
  double[0] = ENDS[i + 1]!;
  END_HIGH[i] = words[HIGH] & 0xfffff;
  END_LOW[i] = words[LOW];
}

/**
 * The bucket of a mantissa by its upper ten bits. A slot of 1/1024 holds at most one bucket end, for ends are 1/91 apart or more; the 63 slots that hold one
 * say {@link CONTAINS_END} plus the lower of the two buckets.
 */
export const BUCKET_BY_SLOT = new Uint8Array(1024);
export const SLOT_SHIFT = 10;
export const CONTAINS_END = 128;
for (let slot = 0, bucket = 0; slot < 1024; slot++) {
  const containsEnd = ENDS[bucket + 1]! < 1 + (slot + 1) / 1024;
  BUCKET_BY_SLOT[slot] = containsEnd ? CONTAINS_END + bucket++ : bucket;
}

/**
 * The bucket of a mantissa whose slot contains an end.
 *
 * @param entry of {@link BUCKET_BY_SLOT}
 * @param mantissa upper 20 bits of the mantissa of the float just below the value
 * @param low lower 32 bits of the value itself
 */
export function bucketAroundEnd(entry: number, mantissa: number, low: number): number {
  const bucket = entry - CONTAINS_END;
  const end = END_HIGH[bucket];
  return mantissa > end || (mantissa === end && (low - 1) >>> 0 >= END_LOW[bucket]) ? bucket + 1 : bucket;
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
  const entry = BUCKET_BY_SLOT[mantissa >>> SLOT_SHIFT];
  return entry < CONTAINS_END ? entry : bucketAroundEnd(entry, mantissa, low);
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
