/**
 * Finds entries in bytes of a segment, whole ones only. Behind a damaged entry the search goes on: entries after it are not affected.
 */
import {
  ALIGNMENT,
  crcOf,
  decodeEntryHeader,
  ENTRY_HEADER_BYTES,
  type EntryHeader,
  entryBytes,
  type Key,
  looksLikeEntry,
} from './layout.ts';

export interface Entry {
  readonly header: EntryHeader;
  /** A view. */
  readonly body: Uint8Array;
  /** Offset in the segment behind it. */
  readonly end: number;
}

/** Bytes of a segment from an offset on. */
export interface Stretch {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

/** The entry that begins at `offset`. `damaged`: none does. A number: the bytes end before it does, and are needed up to that offset. */
export function entryAt({ bytes, offset: first }: Stretch, key: Key, offset: number): Entry | 'damaged' | number {
  const at = offset - first;
  if (bytes.length - at < ENTRY_HEADER_BYTES) return offset + ENTRY_HEADER_BYTES;
  const header = decodeEntryHeader(bytes, at);
  if (header === undefined || header.key !== key || header.offset !== offset) return 'damaged';
  const bodyStart = at + ENTRY_HEADER_BYTES;
  const end = offset + entryBytes(header.bodyBytes);
  if (bodyStart + header.bodyBytes > bytes.length) return end;
  const body = bytes.subarray(bodyStart, bodyStart + header.bodyBytes);
  return crcOf(body) === header.bodyCrc ? { header, body, end } : 'damaged';
}

/** The first whole entry at or behind `offset`. The bytes are all that there are. */
export function findEntry(stretch: Stretch, key: Key, offset: number): Entry | undefined {
  const end = stretch.offset + stretch.bytes.length;
  for (let at = offset; at + ENTRY_HEADER_BYTES <= end; at += ALIGNMENT) {
    if (!looksLikeEntry(stretch.bytes, at - stretch.offset)) continue;
    const entry = entryAt(stretch, key, at);
    if (typeof entry === 'object') return entry;
  }
  return undefined;
}
