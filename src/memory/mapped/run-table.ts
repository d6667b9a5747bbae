/**
 * The table of a run, the file `run` of its folder: the run's identity, and each of its blocks of memory. A process that finds the folder reads the whole run
 * from here.
 *
 * ```
 *   header     4 KiB × 4: words, then texts
 *   slots      128 bytes each: words, then the owner's name
 *
 *   FREE ──claim──> WRITING ──publish──> LIVE ──give back──> SPARE ──claim──> WRITING
 * ```
 *
 * A slot and its file belong together: the file `block-<slot>` has the bytes that the slot says. SPARE: the file exists, and its contents are not in use.
 * Memory that is mapped cannot be unmapped while a view may be left in some thread, so it is used again.
 *
 * Threads claim slots with compareExchange. The fields of a slot are written between WRITING and LIVE, and read by threads that have seen LIVE. A thread that
 * dies in between leaves a slot in WRITING: that block was not announced, so nothing is in it.
 */

import type { ProcessIdentity } from '../../common/process/process-identity.ts';
import { LANES, type Lane } from '../../record.ts';
import type { BlockKind } from '../block.ts';

/** Raised with each change of this layout. */
const TABLE_FORMAT = 1;
const MAGIC = 0x6f746668; // "hfto"

const WORD_MAGIC = 0;
const WORD_FORMAT = 1;
const WORD_PID = 2;
/** i32: instances of the run that have not ended. */
const WORD_INSTANCES = 3;
/** i32: blocks that found no room in the folder, and lie in memory of the process. */
const WORD_REFUSED = 4;
const F64_START_TICKS = 4;
const F64_MADE_MILLIS = 5;
/** f64[2]: records of this run that a recovery has handed on, by lane. */
const F64_RECOVERED = 6;

/** Texts of the header: offset of the length (i32), then UTF-8. */
const TEXTS = { bootId: [256, 128], service: [512, 1_024], resource: [2_048, 12_288] } as const;

const HEADER_BYTES = 16_384;
const SLOT_BYTES = 128;
const SLOT_COUNT = 4_096;
export const RUN_TABLE_BYTES = HEADER_BYTES + SLOT_COUNT * SLOT_BYTES;

/** i32 words of a slot. */
const WORD_SLOT_STATE = 0;
const WORD_SLOT_KIND = 1;
const WORD_SLOT_FORMAT = 2;
/** 0: no lane; else its place in LANES, plus one. */
const WORD_SLOT_LANE = 3;
const WORD_SLOT_OWNER_LENGTH = 4;
/** f64 word of a slot: bytes of the block. */
const F64_SLOT_SIZE = 3;
/** i64 word of a slot: where the owner's process has it; means nothing to another process. */
const I64_SLOT_ADDRESS = 4;
const OWNER_OFFSET_BYTES = 40;
const OWNER_MAX_BYTES = SLOT_BYTES - OWNER_OFFSET_BYTES;

const FREE = 0;
const WRITING = 1;
const LIVE = 2;
const SPARE = 3;

/** Their places are numbers in the table: append only. */
const KINDS: readonly BlockKind[] = ['signals', 'run', 'ring', 'dictionary', 'series', 'outbox', 'counters', 'black-box'];

/** Identity of a run. */
export interface RunIdentity {
  readonly process: ProcessIdentity;
  /** Unix time. */
  readonly madeMillis: number;
  /** The name by which the next start of the same service finds it. */
  readonly service: string;
  /** Resource attributes, `service.instance.id` among them. */
  readonly resource: Readonly<Record<string, string | number | boolean>>;
}

/** A block as the table lists it. */
export interface ListedBlock {
  readonly slot: number;
  readonly kind: BlockKind;
  readonly format: number;
  readonly bytes: number;
  /** Of a ring, dictionary or series: its producer; of an outbox: its backend. */
  readonly owner: string;
  readonly lane: Lane | undefined;
}

/** The run can be read by another version of this package. */
export class OtherVersion extends Error {
  constructor(what: string, format: number, own: number) {
    super(`${what} written by another version of this package (format ${format}, this one is ${own})`);
  }
}

export class RunTable {
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #nanos: BigInt64Array;
  readonly #bytes: Uint8Array;

  constructor(memory: ArrayBufferLike) {
    this.#words = new Int32Array(memory);
    this.#doubles = new Float64Array(memory);
    this.#nanos = new BigInt64Array(memory);
    this.#bytes = new Uint8Array(memory);
  }

  /** Writes the header into fresh memory, before any other thread has it. */
  format({ process, madeMillis, service, resource }: RunIdentity): void {
    this.#words[WORD_PID] = process.pid;
    this.#doubles[F64_START_TICKS] = process.startTicks;
    this.#doubles[F64_MADE_MILLIS] = madeMillis;
    this.#writeText('bootId', process.bootId);
    this.#writeText('service', service);
    const text = JSON.stringify(resource);
    const id = { 'service.instance.id': resource['service.instance.id'] };
    this.#writeText('resource', Buffer.byteLength(text) < TEXTS.resource[1] - 4 ? text : JSON.stringify(id));
    this.#words[WORD_FORMAT] = TABLE_FORMAT;
    this.#words[WORD_MAGIC] = MAGIC;
  }

  /** Throws if it is no table of this version. */
  identity(): RunIdentity {
    if (this.#words[WORD_MAGIC] !== MAGIC) throw new Error('the file `run` is not the table of a run');
    const format = this.#words[WORD_FORMAT];
    if (format !== TABLE_FORMAT) throw new OtherVersion('the run was', format, TABLE_FORMAT);
    return {
      process: {
        pid: this.#words[WORD_PID],
        startTicks: this.#doubles[F64_START_TICKS],
        bootId: this.#readText('bootId'),
      },
      madeMillis: this.#doubles[F64_MADE_MILLIS],
      service: this.#readText('service'),
      resource: JSON.parse(this.#readText('resource')) as RunIdentity['resource'],
    };
  }

  /** One more instance has its memory here. */
  enter(): void {
    Atomics.add(this.#words, WORD_INSTANCES, 1);
  }

  /** An instance has ended. Returns how many have not. */
  leave(): number {
    return Atomics.sub(this.#words, WORD_INSTANCES, 1) - 1;
  }

  noteRefused(): void {
    Atomics.add(this.#words, WORD_REFUSED, 1);
  }

  get refused(): number {
    return Atomics.load(this.#words, WORD_REFUSED);
  }

  /** Records that recoveries have handed on so far, by lane. One thread at a time recovers a run. */
  recovered(lane: Lane): number {
    return this.#doubles[F64_RECOVERED + LANES.indexOf(lane)];
  }

  addRecovered(lane: Lane, records: number): void {
    this.#doubles[F64_RECOVERED + LANES.indexOf(lane)] += records;
  }

  /** A slot for a new block: one whose file is there already, mapped at `usedAddress`, or a free one. Undefined: the table is full. */
  claim(kind: BlockKind, bytes: number): { readonly slot: number; readonly usedAddress: bigint | undefined } | undefined {
    const number = KINDS.indexOf(kind);
    let free = -1;
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const state = Atomics.load(this.#words, wordOf(slot, WORD_SLOT_STATE));
      if (state === FREE) {
        // Slots are taken from the first one on, so all behind it are free, unless its block could not be made (`abandon`): a spare one behind it is used later.
        free = slot;
        break;
      }
      const fits = state === SPARE && this.#words[wordOf(slot, WORD_SLOT_KIND)] === number && this.#sizeOf(slot) === bytes;
      if (fits && this.#change(slot, SPARE, WRITING))
        return { slot, usedAddress: this.#nanos[wordOf(slot, 0) / 2 + I64_SLOT_ADDRESS] };
    }
    for (let slot = free; slot >= 0 && slot < SLOT_COUNT; slot++)
      if (this.#change(slot, FREE, WRITING)) return { slot, usedAddress: undefined };
    return undefined;
  }

  /** The block is there. From here on it is part of the run. */
  publish({ slot, kind, format, bytes, owner, lane, address }: ListedBlock & { readonly address: bigint }): void {
    const words = this.#words;
    words[wordOf(slot, WORD_SLOT_KIND)] = KINDS.indexOf(kind);
    words[wordOf(slot, WORD_SLOT_FORMAT)] = format;
    words[wordOf(slot, WORD_SLOT_LANE)] = lane === undefined ? 0 : LANES.indexOf(lane) + 1;
    this.#doubles[wordOf(slot, 0) / 2 + F64_SLOT_SIZE] = bytes;
    this.#nanos[wordOf(slot, 0) / 2 + I64_SLOT_ADDRESS] = address;
    const area = this.#bytes.subarray(
      HEADER_BYTES + slot * SLOT_BYTES + OWNER_OFFSET_BYTES,
      HEADER_BYTES + (slot + 1) * SLOT_BYTES,
    );
    words[wordOf(slot, WORD_SLOT_OWNER_LENGTH)] = new TextEncoder().encodeInto(owner, area).written;
    Atomics.store(words, wordOf(slot, WORD_SLOT_STATE), LIVE);
  }

  /** The claimed slot's file could not be made. */
  abandon(slot: number): void {
    Atomics.store(this.#words, wordOf(slot, WORD_SLOT_STATE), FREE);
  }

  /** The block is no longer in use: another one may take its place. */
  giveBack(slot: number): void {
    Atomics.store(this.#words, wordOf(slot, WORD_SLOT_STATE), SPARE);
  }

  /** Where the process whose run it is has mapped a block in use. */
  addressOf({ slot }: ListedBlock): bigint {
    return this.#nanos[wordOf(slot, 0) / 2 + I64_SLOT_ADDRESS];
  }

  /** Every block that is in use. Sizes and names are as the file says: another process may have damaged it. */
  *blocks(): Generator<ListedBlock> {
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      if (Atomics.load(this.#words, wordOf(slot, WORD_SLOT_STATE)) !== LIVE) continue;
      const kind = KINDS[this.#words[wordOf(slot, WORD_SLOT_KIND)]];
      const length = Math.min(this.#words[wordOf(slot, WORD_SLOT_OWNER_LENGTH)], OWNER_MAX_BYTES);
      const start = HEADER_BYTES + slot * SLOT_BYTES + OWNER_OFFSET_BYTES;
      if (kind === undefined || length < 0) throw new Error(`slot ${slot} of the table is damaged`);
      yield {
        slot,
        kind,
        format: this.#words[wordOf(slot, WORD_SLOT_FORMAT)],
        bytes: this.#sizeOf(slot),
        owner: Buffer.from(this.#bytes.subarray(start, start + length)).toString('utf8'),
        lane: LANES[this.#words[wordOf(slot, WORD_SLOT_LANE)] - 1],
      };
    }
  }

  #sizeOf(slot: number): number {
    return this.#doubles[wordOf(slot, 0) / 2 + F64_SLOT_SIZE];
  }

  #change(slot: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, wordOf(slot, WORD_SLOT_STATE), from, to) === from;
  }

  #writeText(name: keyof typeof TEXTS, text: string): void {
    const [offset, bytes] = TEXTS[name];
    this.#words[offset / 4] = new TextEncoder().encodeInto(text, this.#bytes.subarray(offset + 4, offset + bytes)).written;
  }

  #readText(name: keyof typeof TEXTS): string {
    const [offset, bytes] = TEXTS[name];
    const length = this.#words[offset / 4];
    if (length < 0 || length > bytes - 4) throw new Error('the header of the file `run` is damaged');
    return Buffer.from(this.#bytes.subarray(offset + 4, offset + 4 + length)).toString('utf8');
  }
}

/** The file of a slot. */
export function blockFile(slot: number): string {
  return `block-${slot}`;
}

function wordOf(slot: number, word: number): number {
  return (HEADER_BYTES + slot * SLOT_BYTES) / 4 + word;
}
