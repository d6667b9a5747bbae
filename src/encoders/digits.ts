/**
 * Numbers as text: for every double exactly what `String` gives, written as ASCII bytes without making a string. The four cases, in the
 * order in which traffic brings them:
 *
 * 1. Integers below 2^53, four digits at a time from a table.
 * 2. Short decimals, such as prices: if r = round(v·10^k) is below 10^15 and r / 10^k gives v back, the decimal r·10^-k reads as v, because r and
 *    10^k are exact and division rounds correctly. It is the shortest such decimal too: no two decimals of up to 15 digits read as one double.
 * 3. Any other fraction in [2^-4, 2^53): digits generated until they identify v (see `writeShortest`).
 * 4. The rest (exponents, tiny fractions of 16 and 17 digits, NaN, infinities): `String`.
 */

/** The four ASCII digits of 0 … 9999 as a little-endian word. 40 KB; computing them instead takes twice the time (2.8 → 5.1 ns for nine digits). */
const FOUR_DIGITS = Int32Array.from({ length: 10_000 }, (_, n) => {
  const ones = n % 10;
  const tens = Math.floor(n / 10) % 10;
  const hundreds = Math.floor(n / 100) % 10;
  const thousands = Math.floor(n / 1000);
  return 0x30303030 + thousands + (hundreds << 8) + (tens << 16) + (ones << 24);
});

/** Four zeros: what is left of a digit word without it are the digits' values. */
const ZEROS = 0x30303030;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

/** Bytes that {@link writeNumber} may touch: 25 of `-1.2345678901234567e-308` and its like, and what four-byte stores overrun. */
export const NUMBER_BYTES = 32;

/** From here on the digits of every fraction are generated exactly; below, the arithmetic of `writeShortest` would need more than 53 bits. */
const LEAST_EXACT = 2 ** -4;

/** Half the distance between neighbouring doubles, by biased exponent less {@link LEAST_EXPONENT}, for 2^-4 ≤ v < 2^53. */
const LEAST_EXPONENT = 1023 - 4;
const HALF_ULPS = Float64Array.from({ length: 57 }, (_, i) => 2 ** (i - 4 - 53));

/** For reading the exponent of a double. */
const scratch = new Float64Array(1);
const scratchWords = new Uint32Array(scratch.buffer);

/** Writes `String(value)` at `at`; returns where it ends. Touches up to {@link NUMBER_BYTES} bytes. */
export function writeNumber(view: DataView, at: number, value: number): number {
  if (value < 0) {
    view.setUint8(at++, MINUS);
    value = -value;
  }
  const whole = value | 0;
  if (value === whole) return writeInt31(view, at, whole);
  if (value < 2 ** 31 && value >= 1e-6) return writeFraction(view, at, value, whole);
  if (value < 2 ** 53 && value >= 2 ** 31) return writeLarge(view, at, value);
  return writeString(view, at, value);
}

/** Writes a number of up to four decimals: `whole`, below 2^31, and so many ten-thousandths, below 10^4. */
export function writeDecimal(view: DataView, at: number, whole: number, tenThousandths: number): number {
  const end = writeInt31(view, at, whole);
  if (tenThousandths === 0) return end;
  view.setUint8(end, POINT);
  return write4Decimals(view, end + 1, tenThousandths);
}

/** Writes an integer from 0 to 2^53 − 1. */
export function writeInteger(view: DataView, at: number, value: number): number {
  if (value < 2 ** 31) return writeInt31(view, at, value | 0);
  const high = Math.floor(value / 1e8);
  return write8(view, writeInt31(view, at, high), value - high * 1e8);
}

/** Writes nanoseconds within a second: nine digits, leading zeros kept. */
export function write9(view: DataView, at: number, nanos: number): number {
  const value = nanos | 0;
  const high = (value / 1e4) | 0;
  const first = (high / 1e4) | 0;
  view.setUint8(at, ZERO + first);
  view.setInt32(at + 1, FOUR_DIGITS[high - first * 1e4], true);
  view.setInt32(at + 5, FOUR_DIGITS[value - high * 1e4], true);
  return at + 9;
}

/** Most integers are small: kept apart from the larger ones so that the compiler divides integers by multiplying. */
function writeInt31(view: DataView, at: number, value: number): number {
  if (value < 1e4) return writeUpTo4(view, at, value);
  const high = (value / 1e4) | 0;
  let end: number;
  if (high < 1e4) {
    end = writeUpTo4(view, at, high);
  } else {
    const highest = (high / 1e4) | 0;
    end = writeUpTo4(view, at, highest) + 4;
    view.setInt32(end - 4, FOUR_DIGITS[high - highest * 1e4], true);
  }
  view.setInt32(end, FOUR_DIGITS[value - high * 1e4], true);
  return end + 4;
}

function writeUpTo4(view: DataView, at: number, value: number): number {
  const missing = value < 10 ? 3 : value < 100 ? 2 : value < 1000 ? 1 : 0;
  view.setInt32(at, FOUR_DIGITS[value] >> (missing << 3), true);
  return at + 4 - missing;
}

/** An integer below 10^8, leading zeros kept. */
function write8(view: DataView, at: number, value: number): number {
  const high = (value / 1e4) | 0;
  view.setInt32(at, FOUR_DIGITS[high], true);
  view.setInt32(at + 4, FOUR_DIGITS[(value - high * 1e4) | 0], true);
  return at + 8;
}

/** 10^-6 ≤ value < 2^31, not an integer; `whole` is its integer part. */
function writeFraction(view: DataView, at: number, value: number, whole: number): number {
  let scaled = Math.floor(value * 1e4 + 0.5);
  if (scaled / 1e4 === value) return write4Decimals(view, writePoint(view, at, whole), (scaled - whole * 1e4) | 0);
  if (value >= 1e7) return writeShortest(view, writePoint(view, at, whole), value - whole, halfUlp(value));
  scaled = Math.floor(value * 1e8 + 0.5);
  if (scaled / 1e8 === value) return write8Decimals(view, writePoint(view, at, whole), scaled - whole * 1e8);
  if (value >= LEAST_EXACT) return writeManyDecimals(view, writePoint(view, at, whole), value, whole);
  scaled = Math.floor(value * 1e16 + 0.5);
  if (scaled / 1e16 !== value) return writeString(view, at, value);
  const high = Math.floor(scaled / 1e8);
  return write8Decimals(view, write8(view, writePoint(view, at, 0), high), scaled - high * 1e8);
}

/** 2^31 ≤ value < 2^53. */
function writeLarge(view: DataView, at: number, value: number): number {
  const whole = Math.floor(value);
  const end = writeInteger(view, at, whole);
  if (value === whole) return end;
  view.setUint8(end, POINT);
  return writeShortest(view, end + 1, value - whole, halfUlp(value));
}

function writePoint(view: DataView, at: number, whole: number): number {
  const end = writeInt31(view, at, whole);
  view.setUint8(end, POINT);
  return end + 1;
}

/** 1 … 9999 ten-thousandths, trailing zeros left out. */
function write4Decimals(view: DataView, at: number, value: number): number {
  const digits = FOUR_DIGITS[value];
  view.setInt32(at, digits, true);
  // The last digit is the highest byte, so zeros at the end are zero bytes on top.
  return at + 4 - (Math.clz32(digits ^ ZEROS) >>> 3);
}

function write8Decimals(view: DataView, at: number, value: number): number {
  const high = (value / 1e4) | 0;
  const low = (value - high * 1e4) | 0;
  if (low === 0) return write4Decimals(view, at, high);
  view.setInt32(at, FOUR_DIGITS[high], true);
  return write4Decimals(view, at + 4, low);
}

/** {@link LEAST_EXACT} ≤ value < 10^7, where eight decimals have been found too few. The first eight are split off at once. */
function writeManyDecimals(view: DataView, at: number, value: number, whole: number): number {
  // 10^8 = 5^8·2^8, and 5^8 has 19 bits: times 24 bits, or times the other 29, it is exact. Only the quotient can come out one too high.
  const near = Math.fround(value);
  let scaled = Math.floor(value * 1e8);
  let rest = near * 1e8 - scaled + (value - near) * 1e8;
  if (rest < 0) {
    scaled--;
    rest += 1;
  }
  return writeShortest(view, write8(view, at, scaled - whole * 1e8), rest, halfUlp(value) * 1e8);
}

/**
 * The fewest further decimals that identify a value, and of those the nearest (Steele & White 1990, in fixed point). `rest` is what is still to be
 * written, `reach` half the distance to the neighbouring doubles, both scaled by 10 for each decimal before: when rounding down (error
 * `rest`) or up (error 1 − `rest`) stays within reach, the digits suffice.
 *
 * Nothing here is rounded: `rest` has no bit below 2^-48, a factor 100 = 25·4 needs five bits more and drops two, and so on.
 * Both neighbours are equally far away, since fractional powers of two ≥ 2^-4 are short decimals, done before. A decimal on the very edge of reach
 * has more digits than the value itself, so `<` or `≤` makes no difference. Rounding up never carries: a 9 rounded up would have been within
 * reach one digit earlier. Two digits never suffice if one of them does, as more digits are never farther off.
 */
function writeShortest(view: DataView, at: number, rest: number, reach: number): number {
  for (;;) {
    const scaled = rest * 100;
    const two = scaled | 0;
    const next = scaled - two;
    const nextReach = reach * 100;
    if (next < nextReach || 1 - next < nextReach) break;
    view.setUint16(at, FOUR_DIGITS[two] >>> 16, true);
    at += 2;
    rest = next;
    reach = nextReach;
  }
  for (;;) {
    const scaled = rest * 10;
    const digit = scaled | 0;
    const next = scaled - digit;
    reach *= 10;
    const downSuffices = next < reach;
    const upSuffices = 1 - next < reach;
    if (downSuffices || upSuffices) {
      // Both: the nearer one; halfway between, the even one, as ECMAScript recommends.
      const up = upSuffices && (!downSuffices || next > 0.5 || (next === 0.5 && (digit & 1) === 1));
      view.setUint8(at, ZERO + digit + (up ? 1 : 0));
      return at + 1;
    }
    view.setUint8(at++, ZERO + digit);
    rest = next;
  }
}

function halfUlp(value: number): number {
  scratch[0] = value;
  return HALF_ULPS[(scratchWords[1] >>> 20) - LEAST_EXPONENT];
}

function writeString(view: DataView, at: number, value: number): number {
  const text = String(value);
  for (let i = 0; i < text.length; i++) view.setUint8(at + i, text.charCodeAt(i));
  return at + text.length;
}
