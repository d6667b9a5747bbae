/**
 * Recording into one histogram series as a function of its own text, with the series' memory as constants in its machine code: 6 ns where the general method,
 * which loads each view and its length first, takes 14 (Node 24, AMD EPYC; a loop over either). Where code generation is forbidden the general method serves.
 */
import { uniqueText } from '../common/specialise.ts';
import { BUCKET_BY_SLOT, bucketAroundEnd, CONTAINS_END, SLOT_SHIFT } from './buckets.ts';
import {
  CARRY_LIMIT,
  HALF_BELOW,
  HALF_SUM,
  HALF_WINDOW_MAX,
  HALF_WINDOW_MIN,
  PAGE_BUCKETS,
  WORD_EPOCH,
  WORD_SEQUENCE,
} from './layout.ts';
import { MANY_CUTS, type Splits } from './splits.ts';

/** Generated functions in a thread, some 3 KiB of code each. */
const MAX_GENERATED = 512;

/** The fields of the series that the code refers to. */
export interface HistogramParts {
  readonly probe: Float64Array;
  readonly probeWords: Int32Array;
  readonly low: number;
  readonly high: number;
  readonly control: Int32Array;
  readonly words: readonly Int32Array[];
  readonly cells: Float64Array;
  readonly firstCell: number;
  readonly halfCells: number;
  readonly directory: Int32Array;
  readonly directoryOctaves: number;
  readonly base: number;
  readonly positionBits: number;
  readonly splits: Splits;
  /** Whether plain stores keep their order here; see `histogram.ts`. */
  readonly plainStores: boolean;
  rare(value: number): boolean;
  carry(octave: number, half: number, index: number, words: Int32Array, at: number): void;
  openWindow(cell: number, epoch: number): void;
  countBelowMany(value: number, octave: number, index: number, cell: number): void;
}

let generated = 0;
let isForbidden = false;

/** The function, or `undefined` when there are enough of them or code generation is forbidden. */
export function generateRecord(parts: HistogramParts): ((value: number) => boolean) | undefined {
  if (isForbidden || generated >= MAX_GENERATED) return undefined;
  const { base, firstCell, halfCells, positionBits, splits, plainStores } = parts;
  const begin = plainStores
    ? `control[${WORD_SEQUENCE} + half] = sequence + 1;`
    : `Atomics.add(control, ${WORD_SEQUENCE} + half, 1);`;
  const end = plainStores
    ? `control[${WORD_SEQUENCE} + half] = sequence + 2;`
    : `Atomics.add(control, ${WORD_SEQUENCE} + half, 1);`;
  // The same steps as HistogramSeries.record, which says why each is there.
  generated++;
  const source = `${uniqueText()}'use strict';
let windowEpoch = -1;
return function record(value) {
  probe[0] = value;
  const low = probeWords[${parts.low}];
  const high = low === 0 ? probeWords[${parts.high}] - 1 : probeWords[${parts.high}];
  const slot = (high >>> 20) - ${base};
  if (slot >>> 0 >= ${parts.directoryOctaves}) return rare(value);
  const epoch = control[${WORD_EPOCH}];
  const half = epoch & 1;
  const position = directory[slot * 2 + half];
  if (position === 0) return rare(value);
  const mantissa = high & 0xfffff;
  let index = bucketBySlot[mantissa >>> ${SLOT_SHIFT}];
  if (index >= ${CONTAINS_END}) index = bucketAroundEnd(index, mantissa, low);
  const sequence = control[${WORD_SEQUENCE} + half];
  ${begin}
  const page = words[position >>> ${positionBits}];
  const at = (position & ${(1 << positionBits) - 1}) + index;
  const count = page[at] + 1;
  page[at] = count;
  if (count >= ${CARRY_LIMIT}) carry(high >>> 20, half, index, page, at);
  const cell = ${firstCell} + half * ${halfCells};
  cells[cell + ${HALF_SUM}] += value;
  if (epoch !== windowEpoch) { windowEpoch = epoch; openWindow(cell, epoch); }
  if (value < cells[cell + ${HALF_WINDOW_MIN}]) cells[cell + ${HALF_WINDOW_MIN}] = value;
  if (value > cells[cell + ${HALF_WINDOW_MAX}]) cells[cell + ${HALF_WINDOW_MAX}] = value;
  const splitAt = (high >>> 20) * ${PAGE_BUCKETS} + index - ${splits.base};
  if (splitAt >>> 0 < ${splits.table.length}) {
    const cut = splitTable[splitAt];
    if (cut !== 0) {
      if (cut === ${MANY_CUTS}) countBelowMany(value, high >>> 20, index, cell);
      else if (value <= bounds[cut - 1]) cells[cell + ${HALF_BELOW - 1} + cut]++;
    }
  }
  ${end}
  return true;
};`;
  const { probe, probeWords, control, words, cells, directory, rare, carry, openWindow, countBelowMany } = parts;
  const scope = {
    probe,
    probeWords,
    control,
    words,
    cells,
    directory,
    rare,
    carry,
    openWindow,
    countBelowMany,
    bucketBySlot: BUCKET_BY_SLOT,
    bucketAroundEnd,
    splitTable: splits.table,
    bounds: splits.bounds,
  };
  try {
    return new Function(...Object.keys(scope), source)(...Object.values(scope)) as (value: number) => boolean;
  } catch {
    isForbidden = true;
    return undefined;
  }
}
