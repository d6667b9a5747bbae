/**
 * Checks the rest of a ring whose process is dead: walks it from the released position to the head before anything of it is read. On a machine that has
 * crashed, a file on a disk may hold pages of different ages.
 */
import { kindOf, unitsOf } from '../codec/frames.ts';
import { KIND_LOSS, KIND_OBJECT, KIND_PAD, KIND_TURN } from '../codec/layout.ts';
import { accountOf } from '../ring/account.ts';
import { RingReader } from '../ring/reader.ts';

export interface RingRemains {
  /** Committed and not released. */
  readonly records: number;
  /** A call was cut off before its record was whole: the call had not returned, so the record was not accepted. Undefined: none was under way. */
  readonly cutOff: CutOffCall | undefined;
}

export interface CutOffCall {
  /** The newest number of a record of this ring, 0 if there is none: the call's is greater. */
  readonly after: number;
  /** The number that it had taken, if it had stored it. It may have taken one without storing it. */
  readonly number: number | undefined;
}

/** Throws if the frames do not follow one another up to the head. */
export function checkRing(memory: ArrayBufferLike): RingRemains {
  const reader = new RingReader(memory);
  const { words, capacity } = reader;
  const head = reader.peek();
  let at = reader.position;
  if (!isPlace(head, capacity) || !isPlace(at, capacity)) throw new Error('a ring’s positions lie outside of it');
  let records = 0;
  let newest = 0;
  let hasWrapped = at <= head;
  while (at !== head) {
    if (at === capacity || kindOf(words, at) === KIND_PAD) {
      if (hasWrapped) throw new Error(`a ring’s frames do not lead to its head (unit ${at})`);
      hasWrapped = true;
      at = 0;
      continue;
    }
    const kind = kindOf(words, at);
    const units = unitsOf(words, at);
    const end = at + units;
    if (kind < KIND_OBJECT || units < 1 || end > capacity || (hasWrapped && end > head))
      throw new Error(`a ring has no frame at unit ${at}`);
    if (kind !== KIND_TURN && kind !== KIND_LOSS) {
      records++;
      newest = words[at * 2 + 4] >>> 0;
    }
    at = end;
  }
  return { records, cutOff: cutOffAt(memory, words, head, records, newest || newestOfLap(words, head)) };
}

function isPlace(position: number, capacity: number): boolean {
  return position >= 0 && position <= capacity;
}

/** A call counts its record, takes the number, stores it in the frame, and then commits: of these four steps the last one is missing. */
function cutOffAt(
  memory: ArrayBufferLike,
  words: Int32Array,
  head: number,
  records: number,
  after: number,
): CutOffCall | undefined {
  if (accountOf(memory).pending !== records + 1) return undefined;
  const stored = head * 2 + 4 < words.length ? words[head * 2 + 4] >>> 0 : 0;
  // A number that is not greater was left there by an older record.
  return { after, number: stored > after ? stored : undefined };
}

/** Of the frames between the start of the memory and the head: released frames are still there. */
function newestOfLap(words: Int32Array, head: number): number {
  let newest = 0;
  for (let at = 0; at < head && unitsOf(words, at) > 0; at += unitsOf(words, at))
    if (kindOf(words, at) >= 0 || kindOf(words, at) === KIND_OBJECT) newest = words[at * 2 + 4] >>> 0;
  return newest;
}
