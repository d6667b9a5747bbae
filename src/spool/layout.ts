/**
 * Layout of the files of a spool. All numbers are little-endian, all blocks begin at multiples of 8, and every block has a CRC-32 of its own.
 *
 * ```
 * segment   head (256 bytes), the same once more, then entries
 * entry     header (256 bytes), the bytes of a batch, zeros up to a multiple of 8
 * state     two slots of 512 bytes, written in turn: the younger one that is whole holds
 * ```
 *
 * Each head, and each header of an entry, says how many records the spool had ever taken before it. So whatever is damaged, cut off or missing: what is read
 * next, or the state at the end, tells how many records were lost, by lane and level.
 *
 * An entry carries the random key of its segment and its own offset. Bytes that only look like an entry, such as a text in a record, do not have the key, and
 * an entry that was moved is at another offset.
 */
import { crc32 } from 'node:zlib';
import type { Tally } from '../health/tally.ts';
import { COUNT_CELLS } from './counts.ts';

export const FORMAT_VERSION = 1;

const HEAD_BYTES = 256;
/** Where the first entry of a segment stands. */
export const FIRST_ENTRY_OFFSET: number = 2 * HEAD_BYTES;
export const ENTRY_HEADER_BYTES = 256;
export const STATE_SLOT_BYTES = 512;
/** Blocks begin at multiples of it. */
export const ALIGNMENT = 8;

const HEAD_MAGIC = 0x31_50_53_48; // "HSP1"
const ENTRY_MAGIC = 0x31_45_53_48; // "HSE1"
const STATE_MAGIC = 0x31_53_53_48; // "HSS1"

/** Random numbers of 64 bits. */
export type Key = bigint;

export interface SegmentHead {
  /** Of the spool. */
  readonly spoolKey: Key;
  /** Of the segment. */
  readonly key: Key;
  /** Segments count from 1. */
  readonly segment: number;
  /** Of its first entry. */
  readonly entryNumber: number;
  readonly createdUnixMillis: number;
  /** Records that the spool had taken before it. */
  readonly before: Tally;
}

export interface EntryHeader {
  /** Of its segment. */
  readonly key: Key;
  /** In its segment. */
  readonly offset: number;
  readonly bodyBytes: number;
  readonly bodyCrc: number;
  /** Entries of a spool count from 1. */
  readonly number: number;
  /** Of its first record in its lane's count, for audit events; 0 if not known. */
  readonly firstNumber: number;
  readonly writtenUnixMillis: number;
  /** Its records by lane and level. */
  readonly counts: Int32Array;
  /** Records that the spool had taken before it. */
  readonly before: Tally;
}

/** A place in a spool: between two entries. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
  /** Number of the entry behind it. */
  readonly entryNumber: number;
  /** Records before it. */
  readonly counts: Tally;
}

export interface SpoolState {
  readonly spoolKey: Key;
  /** Grows with each writing. */
  readonly version: number;
  /** Everything before it has been delivered, or counted as lost. */
  readonly released: Place;
  /** Behind the last entry. */
  readonly end: Place;
}

export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Bytes that an entry with so many bytes of a batch takes. */
export function entryBytes(bodyBytes: number): number {
  return ENTRY_HEADER_BYTES + aligned(bodyBytes);
}

export function crcOf(bytes: Uint8Array): number {
  return crc32(bytes);
}

/** Both copies. */
export function encodeHead(head: SegmentHead): Uint8Array {
  const bytes = new Uint8Array(FIRST_ENTRY_OFFSET);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setBigUint64(16, head.spoolKey, true);
  view.setBigUint64(24, head.key, true);
  view.setFloat64(32, head.segment, true);
  view.setFloat64(40, head.entryNumber, true);
  view.setFloat64(48, head.createdUnixMillis, true);
  setCounts(view, 64, head.before);
  seal(bytes.subarray(0, HEAD_BYTES), HEAD_MAGIC);
  bytes.copyWithin(HEAD_BYTES, 0, HEAD_BYTES);
  return bytes;
}

/** From the first bytes of a file; undefined when neither copy is whole. */
export function decodeHead(bytes: Uint8Array): SegmentHead | undefined {
  for (const at of [0, HEAD_BYTES]) {
    const copy = bytes.subarray(at, at + HEAD_BYTES);
    if (!isSealed(copy, HEAD_BYTES, HEAD_MAGIC)) continue;
    const view = viewOf(copy);
    if (view.getUint32(8, true) !== FORMAT_VERSION) continue;
    return {
      spoolKey: view.getBigUint64(16, true),
      key: view.getBigUint64(24, true),
      segment: view.getFloat64(32, true),
      entryNumber: view.getFloat64(40, true),
      createdUnixMillis: view.getFloat64(48, true),
      before: getCounts(view, 64),
    };
  }
  return undefined;
}

export function encodeEntryHeader(header: EntryHeader): Uint8Array {
  const bytes = new Uint8Array(ENTRY_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, header.bodyBytes, true);
  view.setUint32(12, header.bodyCrc, true);
  view.setBigUint64(16, header.key, true);
  view.setFloat64(24, header.offset, true);
  view.setFloat64(32, header.number, true);
  view.setFloat64(40, header.firstNumber, true);
  view.setFloat64(48, header.writtenUnixMillis, true);
  for (let cell = 0; cell < COUNT_CELLS; cell++) view.setInt32(64 + cell * 4, header.counts[cell], true);
  setCounts(view, 128, header.before);
  seal(bytes, ENTRY_MAGIC);
  return bytes;
}

/** Whether an entry may begin there; a fast test that excludes most places. */
export function looksLikeEntry(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === (ENTRY_MAGIC & 0xff) &&
    bytes[at + 1] === ((ENTRY_MAGIC >> 8) & 0xff) &&
    bytes[at + 2] === ((ENTRY_MAGIC >> 16) & 0xff) &&
    bytes[at + 3] === ((ENTRY_MAGIC >> 24) & 0xff)
  );
}

/** From the bytes at `at`; undefined when no whole header stands there. */
export function decodeEntryHeader(bytes: Uint8Array, at: number): EntryHeader | undefined {
  const own = bytes.subarray(at, at + ENTRY_HEADER_BYTES);
  if (!isSealed(own, ENTRY_HEADER_BYTES, ENTRY_MAGIC)) return undefined;
  const view = viewOf(own);
  return {
    bodyBytes: view.getUint32(8, true),
    bodyCrc: view.getUint32(12, true),
    key: view.getBigUint64(16, true),
    offset: view.getFloat64(24, true),
    number: view.getFloat64(32, true),
    firstNumber: view.getFloat64(40, true),
    writtenUnixMillis: view.getFloat64(48, true),
    counts: Int32Array.from({ length: COUNT_CELLS }, (_, cell) => view.getInt32(64 + cell * 4, true)),
    before: getCounts(view, 128),
  };
}

export function encodeState(state: SpoolState): Uint8Array {
  const bytes = new Uint8Array(STATE_SLOT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setBigUint64(16, state.spoolKey, true);
  view.setFloat64(24, state.version, true);
  setPlace(view, 32, state.released);
  setPlace(view, 192, state.end);
  seal(bytes, STATE_MAGIC);
  return bytes;
}

/** The younger of the slots that are whole; undefined when neither is. */
export function decodeState(bytes: Uint8Array): SpoolState | undefined {
  let youngest: SpoolState | undefined;
  for (const at of [0, STATE_SLOT_BYTES]) {
    const slot = bytes.subarray(at, at + STATE_SLOT_BYTES);
    if (!isSealed(slot, STATE_SLOT_BYTES, STATE_MAGIC)) continue;
    const view = viewOf(slot);
    if (view.getUint32(8, true) !== FORMAT_VERSION) continue;
    const version = view.getFloat64(24, true);
    if (youngest !== undefined && youngest.version >= version) continue;
    youngest = {
      spoolKey: view.getBigUint64(16, true),
      version,
      released: getPlace(view, 32),
      end: getPlace(view, 192),
    };
  }
  return youngest;
}

function seal(bytes: Uint8Array, magic: number): void {
  const view = viewOf(bytes);
  view.setUint32(0, magic, true);
  view.setUint32(4, crcOf(bytes.subarray(8)), true);
}

function isSealed(bytes: Uint8Array, length: number, magic: number): boolean {
  if (bytes.length < length) return false;
  const view = viewOf(bytes);
  return view.getUint32(0, true) === magic && view.getUint32(4, true) === crcOf(bytes.subarray(8));
}

function setPlace(view: DataView, at: number, { segment, offset, entryNumber, counts }: Place): void {
  view.setFloat64(at, segment, true);
  view.setFloat64(at + 8, offset, true);
  view.setFloat64(at + 16, entryNumber, true);
  setCounts(view, at + 24, counts);
}

function getPlace(view: DataView, at: number): Place {
  return {
    segment: view.getFloat64(at, true),
    offset: view.getFloat64(at + 8, true),
    entryNumber: view.getFloat64(at + 16, true),
    counts: getCounts(view, at + 24),
  };
}

function setCounts(view: DataView, at: number, counts: Tally): void {
  for (let cell = 0; cell < COUNT_CELLS; cell++) view.setFloat64(at + cell * 8, counts[cell], true);
}

function getCounts(view: DataView, at: number): Tally {
  return Float64Array.from({ length: COUNT_CELLS }, (_, cell) => view.getFloat64(at + cell * 8, true));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
