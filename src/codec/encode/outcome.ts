/**
 * Outcomes of encoding a record.
 */

/** The writer is for records of another shape. Nothing was written. */
export const NOT_MINE = 0;
export const WRITTEN = 1;
/** The ring has no room for it, and has counted that. A caller that must keep the record (audit) does so now. */
export const REFUSED = 2;

export type Outcome = typeof NOT_MINE | typeof WRITTEN | typeof REFUSED;

/** Of a writer that takes every record. */
export type Final = Exclude<Outcome, typeof NOT_MINE>;
