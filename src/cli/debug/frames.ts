/**
 * The frames that wait in a ring, for people: the fields of each header, and the record, if there is a dictionary.
 */
import { decodeFrame } from '../../codec/decode.ts';
import { DictionaryReader } from '../../codec/dictionary/dictionary-reader.ts';
import { kindOf, levelRankOf, scopeIdOf, unitsOf } from '../../codec/frames.ts';
import { DICTIONARY_CONTROL_BYTES, KIND_LOSS, KIND_OBJECT, KIND_PAD, KIND_TURN } from '../../codec/layout.ts';
import { errorText } from '../../common/error-text.ts';
import type { LogRecordData } from '../../contract/backend.ts';
import { LEVELS, type Level } from '../../record.ts';
import { accountOf, type RingAccount } from '../../ring/account.ts';
import { CONTROL_BYTES } from '../../ring/layout.ts';
import { RingReader } from '../../ring/reader.ts';

const SPECIAL: Readonly<Record<number, string>> = {
  [KIND_PAD]: 'pad',
  [KIND_TURN]: 'turn',
  [KIND_LOSS]: 'loss',
  [KIND_OBJECT]: 'object',
};

/** No frame is shorter than its header; a TURN is one unit. */
const LEAST_UNITS = 1;

export interface FrameLine {
  /** Unit offset in the data area. */
  readonly at: number;
  readonly units: number;
  /** `shape <id>`, `object`, `loss`, `pad`, `turn`, or `unknown <number>`. */
  readonly kind: string;
  readonly level?: Level;
  readonly scope?: number;
  /** Low 32 bits of the record's number in its lane. */
  readonly sequence?: number;
  /** Reading of the monotonic clock at the call, nanoseconds. */
  readonly clockNanos?: bigint;
  readonly record?: LogRecordData;
  /** The reason why there is no record. */
  readonly unreadable?: string;
}

export interface RingDump {
  readonly capacity: number;
  readonly position: number;
  readonly head: number;
  readonly half: 0 | 1;
  readonly account: RingAccount;
  readonly frames: readonly FrameLine[];
}

/** Throws HFT_RING_FORMAT for memory that is not a ring of this version. `dictionary`: memory of the same lane's dictionary. */
export function framesIn(ring: ArrayBufferLike, dictionary: ArrayBufferLike | undefined): RingDump {
  const reader = new RingReader(ring);
  const { position, half, capacity } = reader;
  const definitions = new DictionaryReader(dictionary ?? new ArrayBuffer(DICTIONARY_CONTROL_BYTES), half);
  const frames = [...walk(reader, definitions, dictionary !== undefined)];
  return { capacity, position, head: reader.peek(), half, account: accountOf(ring), frames };
}

function* walk(reader: RingReader, definitions: DictionaryReader, hasDictionary: boolean): Generator<FrameLine> {
  const { words, doubles, nanos, bytes, capacity } = reader;
  const context = {
    lane: 'logs' as const,
    offsetNanos: 0n,
    sequenceOf: (low: number) => low >>> 0,
    attributeLimit: Number.POSITIVE_INFINITY,
  };
  const head = reader.peek();
  let at = reader.position;
  let wrapped = false;
  while (at !== head) {
    if (at === capacity || kindOf(words, at) === KIND_PAD) {
      if (at < capacity) yield { at, units: capacity - at, kind: 'pad' };
      if (wrapped) return;
      wrapped = true;
      at = 0;
      continue;
    }
    const units = unitsOf(words, at);
    const kind = kindOf(words, at);
    const end = !wrapped && at > head ? capacity : head;
    if (units < LEAST_UNITS || at + units > end) {
      yield {
        at,
        units,
        kind: nameOf(kind),
        unreadable: `a frame of ${units} units does not fit before unit ${end}; the frames behind it are not read`,
      };
      return;
    }
    if (kind === KIND_TURN) {
      definitions.turn();
      yield { at, units, kind: nameOf(kind) };
    } else {
      const header: FrameLine = {
        at,
        units,
        kind: nameOf(kind),
        sequence: words[at * 2 + 4] >>> 0,
        clockNanos: nanos[at + 1],
        ...(kind !== KIND_LOSS && { level: LEVELS[levelRankOf(words, at)], scope: scopeIdOf(words, at) }),
      };
      yield { ...header, ...recordOf() };
    }
    at += units;

    function recordOf(): Pick<FrameLine, 'record' | 'unreadable'> {
      if (!hasDictionary && kind !== KIND_LOSS) return { unreadable: 'its texts are in the dictionary: --dictionary FILE' };
      try {
        return { record: decodeFrame({ words, doubles, nanos, bytes, definitions }, at, context) };
      } catch (error) {
        return { unreadable: errorText(error) };
      }
    }
  }
}

function nameOf(kind: number): string {
  return kind >= 0 ? `shape ${kind}` : (SPECIAL[kind] ?? `unknown ${kind}`);
}

/** Whether memory of so many bytes can be a ring: a control block and whole units. */
export function isRingSize(bytes: number): boolean {
  return bytes > CONTROL_BYTES && (bytes - CONTROL_BYTES) % 8 === 0;
}
