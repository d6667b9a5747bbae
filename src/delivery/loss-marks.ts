/**
 * Marks of losses for one destination's stream. The backend's counters, which outlive the worker, hold the records that were lost on the way to it, and those
 * that marks have reported. The difference becomes frames here, like the marks in rings: one for each lane and reason.
 */
import { DictionaryReader } from '../codec/dictionary/dictionary-reader.ts';
import { levelBits } from '../codec/head-word.ts';
import { DICTIONARY_CONTROL_BYTES, HEADER_UNITS, KIND_LOSS, LOSS_UNITS, lossWord } from '../codec/layout.ts';
import type { WallClock } from '../encoders/encoder.ts';
import { type BackendCounters, LOSS_REASONS, type LossReason } from '../health/counters.ts';
import { cellOf, newTally, type Tally } from '../health/tally.ts';
import type { FramesOfLane } from '../read/frames-of-lane.ts';
import { SequenceTracker } from '../read/sequence.ts';
import { LANES, type Lane, LEVEL_COUNT, rankOfLevel } from '../record.ts';
import { UNIT_BYTES } from '../ring/layout.ts';
import { readClock } from '../time/clock.ts';

const MARK_RANK = rankOfLevel('warning');

/** Marks that can be due at once. */
const MOST_MARKS = LANES.length * LOSS_REASONS.length;

/** Bytes of a mark's frame. */
export const MARK_BYTES: number = LOSS_UNITS * UNIT_BYTES;

/** Losses that a mark reports. */
export interface MarkedLoss {
  readonly reason: LossReason;
  readonly records: Tally;
}

export class LossMarks {
  /** The frames of the last `write`. */
  readonly source: FramesOfLane;
  readonly frames: Int32Array = new Int32Array(MOST_MARKS);
  readonly #counters: BackendCounters;
  readonly #lanes: readonly Lane[];
  /** Losses in the frames of the last `write`. */
  readonly #written: MarkedLoss[] = [];
  #isDue = false;
  #asOf = 0;

  /** `lanes`: lanes whose losses it reports; default all. */
  constructor(counters: BackendCounters, clock: WallClock, lanes: readonly Lane[] = LANES) {
    this.#counters = counters;
    this.#lanes = lanes;
    this.source = framesOfMarks(clock);
  }

  /** Whether there are losses that no mark has reported. */
  get isDue(): boolean {
    if (this.#asOf !== this.#counters.lossChanges) {
      this.#asOf = this.#counters.lossChanges;
      this.#isDue = LOSS_REASONS.some((reason) => {
        const records = this.#counters.unmarked(reason);
        return this.#lanes.some((lane) => hasAny(records, lane));
      });
    }
    return this.#isDue;
  }

  /** Makes frames of the marks that are due. Returns how many; call {@link sent} for each that is on its way. */
  write(): number {
    this.#written.length = 0;
    for (const reason of LOSS_REASONS) {
      const unmarked = this.#counters.unmarked(reason);
      for (const lane of this.#lanes) if (hasAny(unmarked, lane)) this.#writeFrame(reason, lane, unmarked);
    }
    return this.#written.length;
  }

  /** The frame at this index of the last `write` is on its way. Returns its losses. */
  sent(index: number): MarkedLoss {
    const mark = this.#written[index];
    this.#counters.mark(mark.reason, mark.records);
    return mark;
  }

  /** The batch with these marks was given up: their losses must be reported again. */
  giveBack(marks: readonly MarkedLoss[]): void {
    for (const { reason, records } of marks) this.#counters.unmark(reason, records);
  }

  #writeFrame(reason: LossReason, lane: Lane, unmarked: Tally): void {
    const { words, doubles, nanos } = this.source;
    const at = this.#written.length * LOSS_UNITS;
    const records = newTally();
    words[at * 2] = LOSS_UNITS | levelBits(MARK_RANK);
    words[at * 2 + 1] = KIND_LOSS;
    nanos[at + 1] = readClock();
    words[at * 2 + 4] = 0;
    words[at * 2 + 5] = lossWord(LANES.indexOf(lane), LOSS_REASONS.indexOf(reason));
    for (let rank = 0; rank < LEVEL_COUNT; rank++) {
      const cell = cellOf(lane, rank);
      records[cell] = Math.max(0, unmarked[cell]);
      doubles[at + HEADER_UNITS + rank] = records[cell];
    }
    this.frames[this.#written.length] = at;
    this.#written.push({ reason, records });
  }
}

/** Losses in a ring's own mark. */
export function lossesOfMark({ doubles, lane }: Pick<FramesOfLane, 'doubles' | 'lane'>, frame: number): Tally {
  const records = newTally();
  for (let rank = 0; rank < LEVEL_COUNT; rank++) records[cellOf(lane, rank)] = doubles[frame + HEADER_UNITS + rank];
  return records;
}

function hasAny(records: Tally, lane: Lane): boolean {
  for (let rank = 0; rank < LEVEL_COUNT; rank++) if (records[cellOf(lane, rank)] > 0) return true;
  return false;
}

/** Marks are log records of ours, also those for audit events. */
function framesOfMarks(clock: WallClock): FramesOfLane {
  const memory = new ArrayBuffer(MOST_MARKS * MARK_BYTES);
  const tracker = new SequenceTracker();
  const lane = 'logs';
  const attributeLimit = Number.POSITIVE_INFINITY;
  const resource = undefined;
  return {
    lane,
    holdsRecords: false,
    attributeLimit,
    resource,
    run: undefined,
    clock,
    words: new Int32Array(memory),
    doubles: new Float64Array(memory),
    nanos: new BigInt64Array(memory),
    bytes: new Uint8Array(memory),
    definitions: new DictionaryReader(new ArrayBuffer(DICTIONARY_CONTROL_BYTES), 0),
    tracker,
    decodeContext: () => ({ lane, attributeLimit, resource, offsetNanos: clock.offsetNanos, sequenceOf: tracker.full }),
  };
}
