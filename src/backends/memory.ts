/**
 * Keeps the newest records, to be read back: behind `logging.memory`, on the thread that made the instance.
 */
import type { Backend, LogRecordData } from './backend.ts';

/** Some seconds of a busy service, some tens of megabytes. */
export const DEFAULT_CAPACITY_RECORDS = 10_000;

export class MemoryBackend implements Backend {
  readonly capacity: number;
  /** A circle once it is full: the oldest stands at `#next`. */
  readonly #kept: LogRecordData[] = [];
  #next = 0;
  #forgotten = 0;

  /** `capacity`: records kept, at least 1; the oldest go first. */
  constructor(capacity: number = DEFAULT_CAPACITY_RECORDS) {
    this.capacity = Math.max(1, Math.trunc(capacity));
  }

  write(batch: readonly LogRecordData[]): void {
    for (const record of batch) this.keep(record);
  }

  keep(record: LogRecordData): void {
    if (this.#kept.length < this.capacity) {
      this.#kept.push(record);
      return;
    }
    this.#kept[this.#next] = record;
    this.#next = (this.#next + 1) % this.capacity;
    this.#forgotten++;
  }

  /** What is kept, oldest first. */
  read(): LogRecordData[] {
    return [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)];
  }

  /** Records that had to make room for newer ones. */
  get forgotten(): number {
    return this.#forgotten;
  }

  clear(): void {
    this.#kept.length = 0;
    this.#next = 0;
    this.#forgotten = 0;
  }
}
