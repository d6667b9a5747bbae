/**
 * Layout of frames and definitions, for encode (caller) and decode (worker). Integers and floats are in the machine's byte order: a ring is read on the machine
 * that wrote it.
 *
 * A **shaped frame** carries a record whose message and keys stand in the dictionary as a *shape*:
 *
 * ```
 * unit 0   i32 head word: units, level, trace bits, scope id (head-word.ts)
 *          i32 shape id (≥ 0)
 * unit 1   i64 nanoseconds, process.hrtime clock
 * unit 2   i32 sequence (low 32 bits);  i32 tags of fields 0–7, four bits each, field 0 lowest
 * unit 3…  tags of fields 8…, eight to an i32, two i32 to a unit           (only when the shape has more than 8 slots)
 * …        one slot (8 bytes) a field: f64 number, or i32 dictionary id, or i32 byte length
 * …        bytes of inline texts and values in field order, each filled up to whole units with anything
 * last 3   trace id (16 bytes), span id (8 bytes)                           (only with TRACE)
 * ```
 *
 * If the shape's message is inline, slot 0 holds the message text and field k stands in slot k + 1.
 *
 * A **special frame** has a negative kind in place of the shape id:
 *
 * ```
 * PAD      nothing up to the end of the data area; go on at unit 0
 * TURN     one unit; from here on ids belong to the other half of the dictionary
 * LOSS     unit 1 time, unit 2 sequence of the first refused record (i32; 0 unknown) and i32 lane and reason (lossWord), units 3–8 f64 lost records
 *          by level rank
 * OBJECT   unit 1 time, unit 2 sequence and i32 units (all of the frame, when it is too long for the head word, which then says 0),
 *          unit 3 i32 byte length of the value, then an encoded value: the array of OBJECT_* below. Self-contained: refers to no definition
 *          but its scope.
 * ```
 */
import { LEVEL_COUNT } from '../record.ts';

/** Units of the trace block at the end of a frame. */
export const TRACE_UNITS = 3;
/** Units before the slots, when there are at most eight of them. */
export const HEADER_UNITS = 3;
/** Slots whose tags fit in the header. */
export const INLINE_TAG_SLOTS = 8;

export const KIND_PAD = -1;
export const KIND_TURN = -2;
export const KIND_LOSS = -3;
export const KIND_OBJECT = -4;

export const LOSS_UNITS: number = HEADER_UNITS + LEVEL_COUNT;

/** The word of a LOSS frame with lane and reason, each by its position (record.ts, health/counters.ts). A ring of logs that was full: 0. */
export function lossWord(lane: number, reason: number): number {
  return (lane << 8) | reason;
}

export function lossLaneIn(word: number): number {
  return word >> 8;
}

export function lossReasonIn(word: number): number {
  return word & 0xff;
}

/** Slot tags. */
export const TAG_NUMBER = 0; // slot: f64
export const TAG_TEXT_ID = 1; // slot: i32 id of a TEXT definition
export const TAG_TEXT = 2; // slot: i32 byte length; UTF-8 bytes inline
export const TAG_TRUE = 3;
export const TAG_FALSE = 4;
export const TAG_NULL = 5;
export const TAG_UNDEFINED = 6;
export const TAG_REDACTED = 7;
export const TAG_VALUE = 8; // slot: i32 byte length; encoded value inline (codec/values/value.ts)

/** Units that tags beyond the first eight take. */
export function extraTagUnits(slots: number): number {
  return slots <= INLINE_TAG_SLOTS ? 0 : (slots - INLINE_TAG_SLOTS + 15) >> 4;
}

/** Elements of the array in an OBJECT frame. Absent ones are null. */
export const OBJECT_SEVERITY_NUMBER = 0;
export const OBJECT_SEVERITY_TEXT = 1;
export const OBJECT_BODY = 2;
export const OBJECT_EVENT_NAME = 3;
/** map: the record's own fields, without those of the scope. */
export const OBJECT_FIELDS = 4;
/** bigint: time given by the user, nanoseconds since the Unix epoch. */
export const OBJECT_TIME = 5;
/** bigint: observed time given by the user, nanoseconds since the Unix epoch. */
export const OBJECT_OBSERVED_TIME = 6;
/** [trace id hex, span id hex, flags] */
export const OBJECT_TRACE = 7;
/** map like {@link ../record.ts Scope}, when the dictionary had no room for it; the frame's scope id is then {@link NO_SCOPE}. */
export const OBJECT_SCOPE = 8;
/** number: attributes that the record had beside those of OBJECT_FIELDS. */
export const OBJECT_DROPPED = 9;
export const OBJECT_ELEMENTS = 10;

/** Scope id that stands for "no definition". Ids of scopes start at 1. */
export const NO_SCOPE = 0;

/**
 * A dictionary is two halves, used in turn. Its memory: {@link DICTIONARY_CONTROL_BYTES}, then the halves. i32 word 0 and 1 of the
 * control block are the published byte lengths of the halves. A half is a run of entries, each on an 8-byte boundary:
 *
 * ```
 * i32 kind (8 bits) | id << 8     i32 byte length     bytes, padded to 8
 * ```
 *
 * SCOPE: encoded value, a map like {@link ../record.ts Scope}. SHAPE: encoded value, the array [message or null when inline, key, …].
 * TEXT: UTF-8 bytes. Shapes, texts and scopes have id spaces of their own, dense from 0 (scopes from 1).
 */
export const DICTIONARY_CONTROL_BYTES = 64;

/** Version of the dictionary's layout. */
export const DICTIONARY_FORMAT = 1;
export const ENTRY_SCOPE = 1;
export const ENTRY_SHAPE = 2;
export const ENTRY_TEXT = 3;
export const ENTRY_HEADER_BYTES = 8;

export { REDACTED_TEXT } from '../common/mask-secrets.ts';
