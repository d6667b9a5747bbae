/**
 * Bytes as lower-case hexadecimal text: trace and span ids.
 */

/** The two digits of each byte, as a little-endian half word. */
const DIGITS = Uint16Array.from({ length: 256 }, (_, byte) => Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16LE());

/** Writes `length` bytes from `from` on; returns where the digits end. */
export function writeHex(view: DataView, at: number, bytes: Uint8Array, from: number, length: number): number {
  for (let i = 0; i < length; i++) view.setUint16(at + i * 2, DIGITS[bytes[from + i]], true);
  return at + length * 2;
}
