/**
 * The mark that stands in a ring where records were refused; see layout.ts.
 */
import { rankOfLevel } from '../../record.ts';
import type { RingWriter } from '../../ring/writer.ts';
import { levelBits } from '../head-word.ts';
import { HEADER_UNITS, KIND_LOSS, LOSS_UNITS } from '../layout.ts';

/** Marks are warnings. */
const LOSS_RANK = rankOfLevel('warning');

/** `ring` is asked for late: it is made with this mark. */
export function lossMark(
  ring: () => RingWriter,
  readClock: () => bigint,
): { units: number; write(position: number, firstSequence: number, dropped: Float64Array): void } {
  return {
    units: LOSS_UNITS,
    write(position, firstSequence, dropped) {
      const { words, doubles, nanos } = ring();
      words[position * 2] = LOSS_UNITS | levelBits(LOSS_RANK);
      words[position * 2 + 1] = KIND_LOSS;
      nanos[position + 1] = readClock();
      words[position * 2 + 4] = firstSequence;
      words[position * 2 + 5] = 0;
      doubles.set(dropped, position + HEADER_UNITS);
    },
  };
}
