/**
 * Protobuf messages into memory that grows: for parts that are encoded once (resources, scopes, constants) and for records that travel as objects. Tags are
 * single bytes, see tags.ts.
 */
import { writeUnits } from '../segment.ts';
import { varintBytes, writeVarint } from './varint.ts';

const MAX_VARINT_BYTES = 10;

/** Longest text, in UTF-16 units, for which a loop beats two calls out of compiled code. */
const COPIED_BY_HAND = 40;

export class ProtobufWriter {
  #bytes = Buffer.allocUnsafeSlow(1024);
  #view = new DataView(this.#bytes.buffer);
  #units = new BigInt64Array(this.#bytes.buffer);
  #position = 0;

  /** Bytes written since they were last taken. */
  get length(): number {
    return this.#position;
  }

  /** Moves the written bytes to `at`, in units of eight and past the end if necessary; returns where they end. */
  moveTo(view: DataView, at: number): number {
    const end = writeUnits(view, at, this.#units, 0, this.#position);
    this.#position = 0;
    return end;
  }

  /** A copy of everything written since the last call. */
  take(): Uint8Array {
    const taken = Uint8Array.prototype.slice.call(this.#bytes, 0, this.#position);
    this.#position = 0;
    return taken;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#position++] = value;
  }

  varint(tag: number, value: number): void {
    this.byte(tag);
    this.#varint(value);
  }

  /** Any 64-bit integer. */
  int64(tag: number, value: bigint): void {
    this.byte(tag);
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
    this.byte(Number(rest));
  }

  double(tag: number, value: number): void {
    this.byte(tag);
    this.#reserve(8);
    this.#position = this.#bytes.writeDoubleLE(value, this.#position);
  }

  fixed64(tag: number, value: bigint): void {
    this.byte(tag);
    this.#reserve(8);
    this.#position = this.#bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#position);
  }

  fixed32(tag: number, value: number): void {
    this.byte(tag);
    this.#reserve(4);
    this.#position = this.#bytes.writeUInt32LE(value, this.#position);
  }

  text(tag: number, value: string): void {
    if (value.length <= COPIED_BY_HAND && this.#shortText(tag, value)) return;
    const length = Buffer.byteLength(value);
    this.varint(tag, length);
    this.#reserve(length);
    this.#bytes.write(value, this.#position);
    this.#position += length;
  }

  raw(tag: number, value: Uint8Array): void {
    this.varint(tag, value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#position);
    this.#position += value.length;
  }

  /** Starts a nested message; give what it returns to {@link close} when its content is written. */
  open(tag: number): number {
    this.byte(tag);
    this.byte(0); // length, if it is short
    return this.#position;
  }

  close(start: number): void {
    const length = this.#position - start;
    const extra = varintBytes(length) - 1;
    this.#reserve(extra);
    this.#bytes.copyWithin(start + extra, start, this.#position);
    writeVarint(this.#view, start - 1, length);
    this.#position += extra;
  }

  /** Text of ASCII whose length takes one byte. False: it is none, and nothing is written. */
  #shortText(tag: number, value: string): boolean {
    const { length } = value;
    this.#reserve(2 + length);
    const bytes = this.#bytes;
    const start = this.#position + 2;
    let seen = 0;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      seen |= code;
      bytes[start + i] = code;
    }
    if (seen > 0x7f) return false;
    bytes[start - 2] = tag;
    bytes[start - 1] = length;
    this.#position = start + length;
    return true;
  }

  #varint(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    this.#position = writeVarint(this.#view, this.#position, value);
  }

  #reserve(bytes: number): void {
    const needed = this.#position + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(needed)));
    this.#bytes.copy(grown, 0, 0, this.#position);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
    this.#units = new BigInt64Array(grown.buffer);
  }
}
