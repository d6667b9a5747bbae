/**
 * Keeps the newest records, to be read back: behind `logging.memory`, on the thread that made the instance.
 */
import type { Backend, LogRecordData } from '../../contract/backend.ts';

export class MemoryBackend implements Backend {
  readonly capacity: number;
  /** A ring buffer: when it is full, the oldest record is at `#next`. */
  readonly #kept: LogRecordData[] = [];
  #next = 0;

  /** `capacity`: records kept, at least 1; the oldest go first. */
  constructor(capacity: number) {
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
  }

  /** Removes all records. */
  clear(): void {
    this.#kept.length = 0;
    this.#next = 0;
  }

  /** The records, oldest first. */
  read(): LogRecordData[] {
    return [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)];
  }
}
