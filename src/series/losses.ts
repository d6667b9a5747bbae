/**
 * Measurements that a thread's table could not keep as they were. Readable from any thread that has the table's first block.
 */
import { F64_OVERFLOWED, F64_REJECTED, REJECT_REASONS, type RejectReason, SERIES_FORMAT, WORD_FORMAT } from './layout.ts';

export interface TableLosses {
  /** Measurements that were not recorded. */
  readonly rejected: Readonly<Record<RejectReason, number>>;
  /** Measurements that went to an overflow series. */
  readonly overflowed: number;
}

/** Adds up the losses of tables, given the first block of each. A table that its thread has not laid out yet counts as none. */
export function lossesOf(firstBlocks: readonly ArrayBufferLike[]): TableLosses {
  const tables = firstBlocks
    .filter((block) => Atomics.load(new Int32Array(block), WORD_FORMAT) === SERIES_FORMAT)
    .map((block) => new Float64Array(block));
  const sum = (cell: number) => tables.reduce((total, table) => total + table[cell], 0);
  return {
    rejected: Object.fromEntries(REJECT_REASONS.map((reason, i) => [reason, sum(F64_REJECTED + i)])) as Record<
      RejectReason,
      number
    >,
    overflowed: sum(F64_OVERFLOWED),
  };
}
