/**
 * Variable-length integers of protobuf: seven bits to a byte, the lowest first.
 */

/** Whether a number travels as an integer, as OpenTelemetry's own serializer decides it. */
export function isInt64(value: number): boolean {
  return Math.floor(value) === value && value >= -(2 ** 63) && value < 2 ** 63;
}

/** Bytes of an integer within 64 bits. */
export function varintBytes(value: number): number {
  if (value < 2 ** 7) return value < 0 ? 10 : 1;
  if (value < 2 ** 14) return 2;
  if (value < 2 ** 21) return 3;
  if (value < 2 ** 28) return 4;
  if (value < 2 ** 35) return 5;
  if (value < 2 ** 42) return 6;
  if (value < 2 ** 49) return 7;
  return value < 2 ** 56 ? 8 : 9;
}

/** Writes an integer within 64 bits, negative ones as two's complement; returns where it ends. */
export function writeVarint(view: DataView, at: number, value: number): number {
  let low = value | 0;
  if (low === value && low >= 0) {
    for (; low > 0x7f; low >>>= 7) view.setUint8(at++, low | 0x80);
    view.setUint8(at, low);
    return at + 1;
  }
  let high = Math.floor(value / 2 ** 32);
  low = (value - high * 2 ** 32) | 0;
  for (high |= 0; high !== 0 || low >>> 0 > 0x7f; high >>>= 7) {
    view.setUint8(at++, low | 0x80);
    low = (low >>> 7) | (high << 25);
  }
  view.setUint8(at, low);
  return at + 1;
}

/** Bytes to reserve for the length of a message of about `bytes` bytes. */
export function lengthBytes(bytes: number): number {
  return bytes < 100 ? 1 : bytes < 12_000 ? 2 : 3;
}

/** A length in `bytes` bytes: padded with continuation bits, which every decoder must read, where fewer would do. */
export function writePaddedVarint(view: DataView, at: number, value: number, bytes: number): void {
  let rest = value;
  for (let i = 1; i < bytes; i++, rest >>>= 7) view.setUint8(at + i - 1, (rest & 0x7f) | 0x80);
  view.setUint8(at + bytes - 1, rest);
}

/** Bytes of {@link patchLength}, tag included. */
export const PATCHED_BYTES = 5;

/**
 * Fills in the tag and length of a message of which only now the end is known: `start` is where {@link PATCHED_BYTES} bytes were left free. The length
 * takes four bytes whatever it is (padded with continuation bits, which every decoder must read), up to 2^28 − 1.
 */
export function patchLength(view: DataView, start: number, tag: number, end: number): void {
  const length = end - start - PATCHED_BYTES;
  view.setUint8(start, tag);
  view.setInt32(
    start + 1,
    0x00808080 | (length & 0x7f) | ((length << 1) & 0x7f00) | ((length << 2) & 0x7f0000) | ((length << 3) & 0x7f000000),
    true,
  );
}
