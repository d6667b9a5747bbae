/**
 * What is left in a ring whose process is dead: walked from the released position to the head before anything of it is read. On a machine that has crashed, a
 * file on a disk may hold pages of different ages.
 */
import { kindOf, unitsOf } from '../codec/frames.ts';
import { KIND_LOSS, KIND_OBJECT, KIND_PAD, KIND_TURN } from '../codec/layout.ts';
import { accountOf } from '../ring/account.ts';
import { RingReader } from '../ring/reader.ts';

export interface RingRemains {
  /** Committed and not released. */
  readonly records: number;
  /**
   * The number that a call had taken when it was cut off, before its record was whole: nobody was told that the record is accepted, and none has this number.
   * Undefined: no call was under way, or none had got so far.
   */
  readonly cutOff: number | undefined;
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
  return { records, cutOff: cutOffAt(memory, words, head, records, newest) };
}

function isPlace(position: number, capacity: number): boolean {
  return position >= 0 && position <= capacity;
}

/** A call counts its record, takes the number, stores it in the frame, and then commits: of these four steps the last one is missing. */
function cutOffAt(memory: ArrayBufferLike, words: Int32Array, head: number, records: number, newest: number): number | undefined {
  if (accountOf(memory).pending !== records + 1 || head * 2 + 4 >= words.length) return undefined;
  const number = words[head * 2 + 4] >>> 0;
  // Otherwise the step before was the last one, and what stands there is of an older record.
  return number > newest ? number : undefined;
}
