/**
 * One audit event seen at one place, reduced to what a comparison needs: whose it is, which number it has, and a digest of what it says.
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

/** What a source could not read: a line that is no record, or a record without a number. */
export interface Unreadable {
  readonly place: string;
  readonly line: number;
  readonly why: string;
}

/** A source yields what it has, in any order, and tells of what it cannot read. */
export type Source = AsyncIterable<readonly Sighting[]>;
