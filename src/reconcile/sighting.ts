/**
 * One audit event seen at one place, reduced to the data of a comparison: its run, its number, and a digest of its text.
 */

export interface Sighting {
  /** `run` of audit lines: the `service.instance.id`, with the start of the process behind it where the id was configured. */
  readonly run: string;
  readonly number: number;
  /** Of the event's canonical text: the same for the same event wherever it lies. 32 hex digits. */
  readonly digest: string;
  /** Path of the file, or the address of the store. */
  readonly place: string;
  /** Line of that file, from 1; 0 in a store. */
  readonly line: number;
}

/** Something that a source could not read: a line that is not a record, or a record without a number. */
export interface Unreadable {
  readonly place: string;
  readonly line: number;
  readonly why: string;
}

/** A source yields its events in any order, and reports lines that it cannot read. */
export type Source = AsyncIterable<readonly Sighting[]>;
