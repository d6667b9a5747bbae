/**
 * One reader's stream of records: what passes its filter, gathered and written a few times a second, as much as a person can read. A reader that does not take
 * what is written is written nothing more; records that pass meanwhile are counted and reported.
 */
import { inOrderOfTime } from './order.ts';
import type { Query } from './query.ts';

/** Records of one writing; warnings, errors and audit events may be so many more. */
const MOST_RECORDS = 400;
const MOST_SEVERE = 600;
/** Characters of one writing. */
const MOST_CHARACTERS = 1_048_576;
/** Bytes that may wait in the connection for a slow reader. */
const MOST_WAITING_BYTES = 1_048_576;

/** What a stream writes to: an HTTP response. */
export interface StreamTarget {
  write(text: string): unknown;
  readonly writableLength: number;
}

export class RecordStream {
  readonly query: Query;
  readonly #target: StreamTarget;
  #lines: string[] = [];
  #characters = 0;
  #skipped = 0;
  #unseen = 0;

  constructor(target: StreamTarget, query: Query) {
    this.#target = target;
    this.query = query;
  }

  take(line: string, isSevere: boolean): void {
    const hasRoom = this.#lines.length < (isSevere ? MOST_SEVERE : MOST_RECORDS);
    if (!hasRoom || this.#characters + line.length > MOST_CHARACTERS) {
      this.#skipped++;
      return;
    }
    this.#lines.push(line);
    this.#characters += line.length;
  }

  miss(count: number): void {
    this.#unseen += count;
  }

  /** Writes what was gathered, or a line without records: the reader sees that the process is alive. */
  tick(): void {
    if (this.#target.writableLength > MOST_WAITING_BYTES) return;
    const lines = this.#lines.sort(inOrderOfTime).join(',');
    this.#target.write(`{"records":[${lines}],"skipped":${this.#skipped},"unseen":${this.#unseen}}\n`);
    this.#lines = [];
    this.#characters = 0;
    this.#skipped = 0;
    this.#unseen = 0;
  }
}
