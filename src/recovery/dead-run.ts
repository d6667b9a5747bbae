/**
 * A run whose process is dead, opened for reading: its table, its rings by producer, its outboxes, its series.
 */
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import { BLACK_BOX_FORMAT } from '../codec/black-box.ts';
import { DICTIONARY_FORMAT } from '../codec/layout.ts';
import { isOutbox, OUTBOX_FORMAT } from '../delivery/outbox.ts';
import { COUNTERS_FORMAT, countersBytes } from '../health/counters.ts';
import { type Block, type BlockDescriptor, type BlockKind, openBlock } from '../memory/block.ts';
import type { Libc } from '../memory/mapped/libc.ts';
import { mapExisting } from '../memory/mapped/mapped-file.ts';
import { removeFolder, unlockTable } from '../memory/mapped/run-folder.ts';
import { blockFile, type ListedBlock, OtherVersion, type RunIdentity, type RunTable } from '../memory/mapped/run-table.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { withoutRings } from '../memory/producer-memory.ts';
import { clockOffsetOf, lastAuditSequence, runNameOf } from '../memory/run.ts';
import { LANES, type Lane } from '../record.ts';
import { FORMAT_VERSION } from '../ring/layout.ts';
import { isRing } from '../ring/reader.ts';
import type { DeltaBaseline } from '../series/baseline.ts';
import { SERIES_FORMAT } from '../series/layout.ts';
import { settleDeadTable } from '../series/table.ts';
import { readExported, writeExported } from './exported-metrics.ts';
import { checkRing, type RingRemains } from './ring-check.ts';

/** A lane of a thread that is gone. */
export interface DeadLane {
  readonly producer: ProducerMemory;
  readonly lane: Lane;
  readonly remains: RingRemains;
}

export interface DeadOutbox {
  readonly backend: string;
  readonly lane: Lane | undefined;
  readonly memory: ArrayBufferLike;
}

const FORMATS: Readonly<Partial<Record<BlockKind, number>>> = {
  ring: FORMAT_VERSION,
  'black-box': BLACK_BOX_FORMAT,
  dictionary: DICTIONARY_FORMAT,
  series: SERIES_FORMAT,
  outbox: OUTBOX_FORMAT,
  counters: COUNTERS_FORMAT,
};

/** Everything of a run that a recovery needs. Opening it throws if anything of it is damaged or of another version; nothing has been changed then. */
export class DeadRun {
  readonly folder: string;
  readonly table: RunTable;
  readonly identity: RunIdentity;
  readonly lanes: readonly DeadLane[];
  readonly outboxes: readonly DeadOutbox[];
  /** The accounts of its backends (health/counters.ts), and their names in the order of their counters. */
  readonly counters: { readonly memory: ArrayBufferLike; readonly backends: readonly string[] } | undefined;
  /** Blocks of the series tables, by table. */
  readonly series: ReadonlyMap<string, readonly ArrayBufferLike[]>;
  /** See memory/run.ts. Undefined: it was killed before it had one. */
  readonly block: Block | undefined;
  /** The offset from the monotonic clock to Unix time; 0n: it had none yet. */
  readonly offsetNanos: bigint;
  readonly lastAuditNumber: number;
  /** Member `run` of its audit lines. */
  readonly runName: string;
  readonly #libc: Libc;
  readonly #lockFd: number;
  readonly #mapped: { readonly address: bigint; readonly bytes: number }[] = [];

  /** `lockFd`: its table, locked by the caller. It is closed with {@link close} or {@link remove}. */
  constructor(libc: Libc, folder: string, table: RunTable, lockFd: number) {
    this.#libc = libc;
    this.#lockFd = lockFd;
    this.folder = folder;
    this.table = table;
    this.identity = table.identity();
    const blocks = [...table.blocks()];
    const run = blocks.find(({ kind }) => kind === 'run');
    const runBlock = run && openBlock(this.#open(run));
    this.block = runBlock;
    this.offsetNanos = runBlock === undefined ? 0n : clockOffsetOf(runBlock);
    this.lastAuditNumber = runBlock === undefined ? 0 : lastAuditSequence(runBlock);
    this.runName = runBlock === undefined ? this.instanceId : runNameOf(runBlock).run;
    this.lanes = this.#lanesOf(blocks);
    this.outboxes = blocks
      .filter(({ kind }) => kind === 'outbox')
      .map((block) => ({ backend: block.owner, lane: block.lane, memory: openBlock(this.#open(block)).memory }))
      .filter(({ memory }) => isOutbox(memory));
    const counters = blocks.find(({ kind }) => kind === 'counters');
    this.counters = counters && { memory: openBlock(this.#open(counters)).memory, backends: namesIn(counters) };
    this.series = this.#seriesOf(blocks);
  }

  get instanceId(): string {
    return String(this.identity.resource['service.instance.id']);
  }

  /** What of its metrics has been exported with delta temporality; undefined: it is not known. */
  get exported(): DeltaBaseline | undefined {
    return readExported(this.folder);
  }

  /** A recovery that is repeated goes on from here. */
  readonly onExported = (exported: DeltaBaseline): void => writeExported(this.folder, exported);

  /** Leaves it to another recovery. */
  close(): void {
    unlockTable(this.#libc, this.#lockFd);
  }

  /** Nothing is left in it. */
  remove(): void {
    try {
      removeFolder(this.folder);
    } catch {
      // The process may have given up its rights. The next start finds nothing in it, and removes it.
      this.close();
      return;
    }
    // Deleted files take memory for as long as they are mapped.
    for (const { address, bytes } of this.#mapped) this.#libc.discard(address, bytes);
    closeSync(this.#lockFd);
  }

  #lanesOf(blocks: readonly ListedBlock[]): readonly DeadLane[] {
    const find = (owner: string, lane: Lane, wanted: BlockKind) =>
      blocks.find((block) => block.kind === wanted && block.owner === owner && block.lane === lane);
    const owners = new Set(blocks.filter(({ kind }) => kind === 'ring').map(({ owner }) => owner));
    return [...owners].flatMap((owner) =>
      LANES.flatMap((lane) => {
        const [ring, dictionary] = [find(owner, lane, 'ring'), find(owner, lane, 'dictionary')];
        // Its thread was cut off while it made its memory, and had written nothing.
        if (ring === undefined || dictionary === undefined) return [];
        const memory = { ring: this.#open(ring), dictionary: this.#open(dictionary) };
        if (!isRing(openBlock(memory.ring).memory)) return [];
        const blackBox = this.#blackBoxOf(find(owner, lane, 'black-box'));
        const producer = { ...withoutRings(`${owner} of ${this.folder}`), [lane]: { ...memory, blackBox } };
        return [{ producer, lane, remains: checkRing(openBlock(memory.ring).memory) }];
      }),
    );
  }

  /** Undefined: there was none, or its thread was killed before it had kept anything. */
  #blackBoxOf(block: ListedBlock | undefined): BlockDescriptor | undefined {
    if (block === undefined) return undefined;
    const descriptor = this.#open(block);
    const { memory } = openBlock(descriptor);
    if (!isRing(memory)) return undefined;
    checkRing(memory);
    return descriptor;
  }

  #seriesOf(blocks: readonly ListedBlock[]): ReadonlyMap<string, readonly ArrayBufferLike[]> {
    const tables = new Map<string, ArrayBufferLike[]>();
    for (const block of blocks) {
      if (block.kind !== 'series') continue;
      const known = tables.get(block.owner) ?? [];
      tables.set(block.owner, [...known, openBlock(this.#open(block)).memory]);
    }
    for (const memories of tables.values()) for (const memory of memories) settleDeadTable(memory);
    return tables;
  }

  #open({ slot, kind, format, bytes }: ListedBlock): BlockDescriptor {
    const known = FORMATS[kind];
    if (known !== undefined && known !== format) throw new OtherVersion(`its ${kind} blocks were`, format, known);
    const address = mapExisting(this.#libc, join(this.folder, blockFile(slot)), bytes);
    this.#mapped.push({ address, bytes });
    const place = { in: 'mapped', address, folder: this.folder, slot } as const;
    return { kind, format, bytes, id: `${this.folder} ${slot}`, place };
  }
}

/** A list that found no room in the table is cut off; so may its last name be. Behind them stand the counters of metric backends. */
function namesIn({ owner, bytes }: ListedBlock): readonly string[] {
  const names = owner.split(',').filter((name) => name !== '');
  return names.filter((_, index) => countersBytes(index + 1) <= bytes);
}
