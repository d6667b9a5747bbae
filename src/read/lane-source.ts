/**
 * One ring as the drain sees it: its frames, its definitions, and the routes of its scopes.
 */

import { type DecodeContext, decodeFrame, OWN_SCOPE } from '../codec/decode.ts';
import { DictionaryReader } from '../codec/dictionary/dictionary-reader.ts';
import { kindOf, levelRankOf, scopeIdOf, unitsOf } from '../codec/frames.ts';
import { KINDS_OF_SCOPE, kindIn } from '../codec/head-word.ts';
import { HEADER_UNITS, KIND_LOSS, KIND_PAD, KIND_TURN, NO_SCOPE } from '../codec/layout.ts';
import type { FrameSource, WallClock } from '../encoders/encoder.ts';
import { cellOf, newTally, type Tally } from '../health/tally.ts';
import { openBlock } from '../memory/block.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { BLACK_BOX_KEY, type Fields, LANE_FACTS, type Lane, LEVEL_COUNT, rankOfLevel, type Scope } from '../record.ts';
import { accountOf } from '../ring/account.ts';
import { RingReader } from '../ring/reader.ts';
import { SequenceTracker } from './sequence.ts';

/** Bit masks of backends; see router/rules.ts. */
export interface Routes {
  maskFor(lane: Lane, levelRank: number, loggerName: string, tags: readonly string[]): number;
  maskForAny(lane: Lane, levelRank: number, loggers: readonly Pick<Scope, 'name' | 'tags'>[]): number;
}

/** Everything goes to the one destination there is. */
export const ONE_DESTINATION: Routes = { maskFor: () => 1, maskForAny: () => 1 };

/** Frames taken at a time: enough to make calls cheap, few enough for their bytes to stay in the second-level cache. */
export const MAX_FRAMES = 2048;
/** Units looked at in one turn: 256 KiB of ring. */
const MAX_UNITS = 32_768;

const UNKNOWN = -1;

const ERROR_RANK = rankOfLevel('error');

/** The level by which a record is routed. What a black box had kept goes where the error goes that brought it: no backend may take its own level. */
function routedRank(rank: number, attributes: Fields): number {
  return attributes[BLACK_BOX_KEY] === true ? Math.max(rank, ERROR_RANK) : rank;
}

/** When the call of a frame was made, by the monotonic clock. Exact to the nanosecond for 104 days after the machine's start, then to two. */
export function callNanosOf({ nanos }: Pick<LaneSource, 'nanos'>, frame: number): number {
  return Number(nanos[frame + 1]);
}

/** Origin of a ring's records, if it is not this run. */
export interface LaneOrigin {
  /** Resource attributes of that run. */
  readonly resource?: Fields | undefined;
  /** Member `run` of its audit lines. */
  readonly run?: string | undefined;
  /** See {@link LaneSource.isPatient}. */
  readonly isPatient?: boolean;
  /** See {@link LaneSource.holdsRecords}. */
  readonly holdsRecords?: boolean;
  /** Called with released records that went to no backend. */
  readonly onUnrouted?: ((records: Tally) => void) | undefined;
}

export class LaneSource implements FrameSource {
  /** Id of the thread's producer. */
  readonly producer: string;
  readonly lane: Lane;
  readonly attributeLimit: number;
  /** See `LaneFacts`. */
  readonly waitsForRoom: boolean;
  /** Its producer is dead: no caller waits if it is read slowly. So it waits for room in every queue, whatever the lane. */
  isPatient: boolean;
  /** False: its frames tell of the pipeline itself, as marks of losses and copies of checkpoints do. Nobody logged them, and no account counts them. */
  readonly holdsRecords: boolean;
  /** The process of its records, if it is not this worker's: audit events have numbers of another instance's count. */
  readonly resource: Fields | undefined;
  /** Member `run` of its audit lines; undefined: it follows from `resource`. */
  readonly run: string | undefined;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly nanos: BigInt64Array;
  readonly bytes: Uint8Array;
  readonly definitions: DictionaryReader;
  readonly tracker: SequenceTracker;
  /** Offsets of the frames found by `scan`, in order, and the backends each goes to. */
  readonly frames = new Int32Array(MAX_FRAMES);
  readonly masks = new Int32Array(MAX_FRAMES);
  count = 0;
  /** All masks of the last scan, joined; and whether they are all the same. */
  union = 0;
  uniform = true;

  /** Of its process. */
  readonly clock: WallClock;
  readonly #reader: RingReader;
  readonly #routes: Routes;
  /** Mask by scope id, trace bits and level rank, as they stand together in a head word: the trace does not matter, but leaving it out would take longer. */
  #routing = new Int32Array(KINDS_OF_SCOPE * 64).fill(UNKNOWN);
  #end = 0;
  /** Frames that are records: marks of losses are not. */
  #records = 0;
  /** Of these, what goes to no backend. */
  readonly #unrouted = newTally();
  #hasUnrouted = false;
  readonly #onUnrouted: ((records: Tally) => void) | undefined;
  #turnAtEnd = false;

  /** `attributeLimit`: for lanes that are limited. */
  constructor(
    memory: ProducerMemory,
    lane: Lane,
    routes: Routes,
    clock: WallClock,
    attributeLimit: number,
    { resource, run, isPatient = false, holdsRecords = true, onUnrouted }: LaneOrigin = {},
  ) {
    const ring = openBlock(memory[lane].ring).memory;
    const dictionary = openBlock(memory[lane].dictionary!).memory;
    this.producer = memory.id;
    this.resource = resource;
    this.run = run;
    this.lane = lane;
    const { isLimited, waitsForRoom } = LANE_FACTS[lane];
    this.attributeLimit = isLimited ? attributeLimit : Number.POSITIVE_INFINITY;
    this.waitsForRoom = waitsForRoom;
    this.isPatient = isPatient;
    this.holdsRecords = holdsRecords;
    this.#reader = new RingReader(ring);
    this.tracker = new SequenceTracker(accountOf(ring).offered);
    this.#routes = routes;
    this.clock = clock;
    this.#onUnrouted = onUnrouted;
    ({ words: this.words, doubles: this.doubles, nanos: this.nanos, bytes: this.bytes } = this.#reader);
    this.definitions = new DictionaryReader(dictionary, this.#reader.half);
  }

  /** True when there is nothing to drain now. */
  get empty(): boolean {
    return this.#reader.position === this.#reader.peek();
  }

  /** Records released so far, low 32 bits. */
  get released(): number {
    return this.#reader.released;
  }

  /** True when its producer has ended and everything is drained. */
  get finished(): boolean {
    return this.#reader.finished;
  }

  /** Finds the next frames and where they go. Returns how many units it looked at; 0 when there is nothing. */
  scan(): number {
    const { words } = this;
    const { capacity } = this.#reader;
    const start = this.#reader.position;
    const head = this.#reader.peek();
    let at = start;
    let looked = 0;
    let count = 0;
    let records = 0;
    let union = 0;
    let first = UNKNOWN;
    let uniform = true;
    this.#turnAtEnd = false;
    if (this.#hasUnrouted) {
      this.#hasUnrouted = false;
      this.#unrouted.fill(0);
    }
    while (at !== head && count < MAX_FRAMES && looked < MAX_UNITS) {
      if (at === capacity || kindOf(words, at) === KIND_PAD) {
        looked += capacity - at + 1;
        at = 0;
        continue;
      }
      const units = unitsOf(words, at);
      if (kindOf(words, at) === KIND_TURN) {
        // Ids of what follows mean something else: what was found so far must be encoded first.
        this.#turnAtEnd = true;
        at += units;
        looked += units;
        break;
      }
      const isRecord = kindOf(words, at) !== KIND_LOSS;
      if (isRecord) records++;
      const mask = this.#maskOf(at);
      if (mask === 0 && isRecord) {
        this.#unrouted[cellOf(this.lane, levelRankOf(words, at))]++;
        this.#hasUnrouted = true;
      }
      if (first === UNKNOWN) first = mask;
      else if (mask !== first) uniform = false;
      union |= mask;
      this.frames[count] = at;
      this.masks[count++] = mask;
      at += units;
      looked += units;
    }
    this.#end = at;
    this.count = count;
    this.#records = records;
    this.union = union;
    this.uniform = uniform;
    return looked;
  }

  /** Sends the frames that `scan` found elsewhere: `elsewhere` gives the mask in place of each. */
  reroute(elsewhere: (mask: number) => number): void {
    this.union = 0;
    this.uniform = true;
    for (let i = 0; i < this.count; i++) {
      this.masks[i] = elsewhere(this.masks[i]);
      this.union |= this.masks[i];
      if (this.masks[i] !== this.masks[0]) this.uniform = false;
    }
  }

  /** Releases the frames that `scan` found. */
  release(): void {
    if (this.#turnAtEnd) {
      this.definitions.turn();
      this.#routing.fill(UNKNOWN);
    }
    this.#reader.release(this.#end, this.definitions.half, this.#records);
    if (this.#hasUnrouted) this.#onUnrouted?.(this.#unrouted);
  }

  /** For `decodeFrame`. */
  decodeContext(): DecodeContext {
    const { lane, attributeLimit, resource } = this;
    return { lane, attributeLimit, resource, offsetNanos: this.clock.offsetNanos, sequenceOf: this.tracker.full };
  }

  #maskOf(at: number): number {
    const kind = kindIn(this.words[at * 2]);
    const known = kind < this.#routing.length ? this.#routing[kind] : UNKNOWN;
    return known !== UNKNOWN ? known : this.#findMask(at, kind);
  }

  /** A frame that cannot be read goes to the backends of this package's own records: the encoder that fails on it there counts it. */
  #findMask(at: number, kind: number): number {
    const rank = levelRankOf(this.words, at);
    try {
      const id = scopeIdOf(this.words, at);
      if (id === NO_SCOPE) return this.#maskOfUnscoped(at);
      const { name, tags, attributes } = this.definitions.scope(id);
      if (kind >= this.#routing.length) this.#growRouting(kind);
      this.#routing[kind] = this.#routes.maskFor(this.lane, routedRank(rank, attributes), name, tags);
      return this.#routing[kind];
    } catch {
      return this.#routes.maskFor(this.lane, rank, OWN_SCOPE.name, OWN_SCOPE.tags);
    }
  }

  #maskOfUnscoped(at: number): number {
    const rank = levelRankOf(this.words, at);
    if (kindOf(this.words, at) === KIND_LOSS) return this.#maskOfLoss(at);
    const record = decodeFrame(this, at, this.decodeContext());
    return this.#routes.maskFor(this.lane, routedRank(rank, record.attributes), record.loggerName, record.tags);
  }

  /** The loggers of the lost records are not known: the mark goes to every backend that some logger of the ring sends records of these levels to. */
  #maskOfLoss(at: number): number {
    const loggers = [OWN_SCOPE, ...this.definitions.scopes];
    let mask = 0;
    for (let rank = 0; rank < LEVEL_COUNT; rank++) {
      if (this.doubles[at + HEADER_UNITS + rank] > 0) mask |= this.#routes.maskForAny(this.lane, rank, loggers);
    }
    return mask;
  }

  #growRouting(kind: number): void {
    const grown = new Int32Array(Math.max(this.#routing.length * 2, kind + 1)).fill(UNKNOWN);
    grown.set(this.#routing);
    this.#routing = grown;
  }
}
