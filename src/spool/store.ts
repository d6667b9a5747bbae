/**
 * The spools of one lane of one instance: its own, and those that other runs have left. The own one is opened when it is needed, so a disk that cannot be
 * written at the start may be repaired later.
 */
import { errorText } from '../common/error-text.ts';
import { Serial } from '../common/serial.ts';
import { addTally, newTally, recordsOf, type Tally } from '../health/tally.ts';
import type { Lane } from '../record.ts';
import { unixMillis } from '../time/clock.ts';
import { isThere, type OwnedFolder, takeAbandoned, takeFolder } from './folders.ts';
import { type DroppedEntries, Spool, type SpoolEntry, type SpooledBatch, type SpoolLoss } from './spool.ts';

export interface SpoolStoreOptions {
  /** Of the service; see folders.ts. */
  readonly directory: string;
  readonly lane: Lane;
  /** Distinguishes the instances of a process; the same for a worker and its successor. */
  readonly token: string;
  readonly maxBytes: number;
  /** Records that were found here, of earlier runs and of others. */
  readonly onFound: (records: Tally) => void;
  /** `entries`: numbers in the own spool, when it has dropped them. */
  readonly onLost: (reason: SpoolLoss, records: Tally, entries?: DroppedEntries) => void;
  readonly onWarning: (message: string) => void;
}

interface Held extends OwnedFolder {
  readonly spool: Spool;
}

export class SpoolStore {
  readonly #options: SpoolStoreOptions;
  readonly #opening = new Serial();
  #own: Held | undefined;
  /** Spools of earlier runs, older than all in the own one, or of other processes. */
  #others: Held[] = [];
  readonly #spoolOf = new WeakMap<SpooledBatch, Spool>();

  private constructor(options: SpoolStoreOptions) {
    this.#options = options;
  }

  /**
   * Does not reject: an obstacle is reported, and the folder tried again with each append. Nothing is made where no run before has left a folder: most runs
   * never need one.
   */
  static async open(options: SpoolStoreOptions): Promise<SpoolStore> {
    const store = new SpoolStore(options);
    try {
      if (await isThere(options.directory)) await store.#takeOwn();
    } catch (error) {
      options.onWarning(
        `The spool in ${options.directory} cannot be used (${errorText(error)}): what waits for a destination that is away is in memory only. Make the folder writable, or set another one in spool.directory.`,
      );
    }
    await store.adopt();
    return store;
  }

  /** Takes over what others have left. True if anything was found. */
  async adopt(): Promise<boolean> {
    const { directory, lane, token, onFound } = this.#options;
    return this.#opening.run(async () => {
      const held = this.#all.map(({ path }) => path);
      const taken = await takeAbandoned(directory, lane, token, held).catch(() => []);
      for (const folder of taken) {
        const other = { ...folder, spool: await this.#open(folder.path, false) };
        this.#others.push(other);
        onFound(other.spool.waiting);
      }
      return taken.length > 0;
    });
  }

  /** Rejects when the disk does not take it. */
  async append(entry: SpoolEntry): Promise<void> {
    const { spool } = this.#own ?? (await this.#takeOwn());
    await spool.append(entry);
  }

  /** As {@link Spool.next}, over all of them. */
  async next(maxBytes: number): Promise<SpooledBatch | undefined> {
    for (const { spool } of this.#all) {
      const batch = await spool.next(maxBytes);
      if (batch === undefined) continue;
      this.#spoolOf.set(batch, spool);
      return batch;
    }
    return undefined;
  }

  release(batch: SpooledBatch): void {
    this.#spoolOf.get(batch)?.release(batch);
    for (const other of this.#others.filter(({ spool }) => spool.isEmpty)) void this.#letGo(other);
  }

  /** Nothing is left to be given out. */
  get isRead(): boolean {
    return this.#all.every(({ spool }) => spool.isRead);
  }

  /** As {@link Spool.entryNumbers}, of the own one. While others hold anything, nothing of the own one counts as released. */
  get entryNumbers(): { readonly next: number; readonly oldest: number } {
    const own = this.#own?.spool.entryNumbers ?? { next: 1, oldest: 1 };
    return this.#others.some(({ spool }) => !spool.isEmpty) ? { next: own.next, oldest: 0 } : own;
  }

  /** Nothing waits. */
  get isEmpty(): boolean {
    return this.#all.every(({ spool }) => spool.isEmpty);
  }

  get waiting(): Tally {
    const waiting = newTally();
    for (const { spool } of this.#all) addTally(waiting, spool.waiting);
    return waiting;
  }

  /** Of files that hold something that waits. */
  get bytes(): number {
    return this.#all.reduce((sum, { spool }) => sum + (spool.isEmpty ? 0 : spool.bytes), 0);
  }

  /** Of the oldest record that waits. */
  get oldestUnixMillis(): number | undefined {
    const times = this.#all.flatMap(({ spool }) => spool.oldestUnixMillis ?? []);
    return times.length === 0 ? undefined : Math.min(unixMillis(), ...times);
  }

  /** Makes room for something more important. False when there is nothing to drop. */
  async dropOldest(): Promise<boolean> {
    for (const { spool } of this.#all) if (await spool.dropOldest()) return true;
    return false;
  }

  /** Waiting batches stay for the next run. */
  async close(): Promise<void> {
    const held = this.#all;
    this.#own = undefined;
    this.#others = [];
    for (const { spool, lock } of held) {
      await spool.close();
      await lock.release();
    }
  }

  get #all(): readonly Held[] {
    return this.#own === undefined ? this.#others : [...this.#others, this.#own];
  }

  #takeOwn(): Promise<Held> {
    const { directory, lane, token, onFound } = this.#options;
    return this.#opening.run(async () => {
      if (this.#own !== undefined) return this.#own;
      const folder = await takeFolder(directory, lane, token);
      const own = { ...folder, spool: await this.#open(folder.path, true) };
      this.#own = own;
      if (recordsOf(own.spool.waiting) > 0) onFound(own.spool.waiting);
      return own;
    });
  }

  #open(folder: string, isOwn: boolean): Promise<Spool> {
    const { lane, maxBytes, onWarning } = this.#options;
    const onLost: SpoolStoreOptions['onLost'] = (reason, records, entries) =>
      this.#options.onLost(reason, records, isOwn ? entries : undefined);
    const isAudit = lane === 'audit';
    return Spool.open({ folder, maxBytes, dropsOldest: !isAudit, syncs: isAudit, onLost, onWarning });
  }

  async #letGo(other: Held): Promise<void> {
    this.#others = this.#others.filter((each) => each !== other);
    await other.spool.close();
    await other.lock.release();
  }
}
