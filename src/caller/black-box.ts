/**
 * The black box of a thread (`blackBox.records`): the newest records below the level that is written, kept in a ring of their own. An error brings them: they
 * are written in front of it. Without an error nobody reads them; what a killed process has kept is delivered by its recovery (worker/recovery/recovery.ts).
 *
 * Level methods with a box around them exist only where one is configured. Calls that are written go through one more comparison.
 */
import { BLACK_BOX_FORMAT, BlackBoxRing, blackBoxBytes } from '../codec/black-box.ts';
import type { DictionaryWriter } from '../codec/dictionary/dictionary-writer.ts';
import { bodyAndAttributes } from '../codec/encode/call-shape.ts';
import type { OpenRecord } from '../codec/encode/object-frame.ts';
import { RecordEncoder, type RecordEncoderOptions } from '../codec/encode/record-encoder.ts';
import { levelBits, scopeBits } from '../codec/head-word.ts';
import { NO_SCOPE } from '../codec/layout.ts';
import { specialise } from '../common/specialise.ts';
import type { Allocator } from '../memory/allocator.ts';
import { type BlockDescriptor, openBlock } from '../memory/block.ts';
import { GENERATION_CHANGES, SIGNAL_GENERATION } from '../memory/signals.ts';
import { BLACK_BOX_KEY, LEVELS, type Level, rankOfLevel, type Scope } from '../record.ts';
import { RingWriter } from '../ring/writer.ts';
import type { LogHost } from './log-host.ts';
import type { LogMethod } from './log-methods.ts';
import type { ProducerLogger } from './logger.ts';
import { bitsWithoutContext, traceBits } from './trace-context.ts';

/** Least level of the records that bring what is kept. */
const ERROR_RANK = rankOfLevel('error');

const WHOLE_RING: readonly number[] = LEVELS.map(() => 1);

export function allocateBlackBox(allocator: Allocator, producer: string, records: number): BlockDescriptor {
  const spec = {
    kind: 'black-box',
    format: BLACK_BOX_FORMAT,
    bytes: blackBoxBytes(records),
    owner: producer,
    lane: 'logs',
  } as const;
  return allocator.allocate(spec).descriptor;
}

export interface BlackBoxOptions extends Pick<RecordEncoderOptions, 'redaction' | 'readClock' | 'trace'> {
  readonly memory: BlockDescriptor;
  /** Most records that an error brings. */
  readonly records: number;
  readonly signals: Int32Array;
  /** The log lane's ring, its dictionary, and its encoder. */
  readonly ring: RingWriter;
  readonly dictionary: DictionaryWriter;
  readonly encoder: RecordEncoder;
}

export class BlackBox {
  readonly #options: BlackBoxOptions;
  readonly #writer: RingWriter;
  readonly #ring: BlackBoxRing;
  readonly #encoder: RecordEncoder;

  constructor(options: BlackBoxOptions) {
    const { memory, records, dictionary, encoder, redaction, readClock, trace } = options;
    this.#options = options;
    this.#writer = new RingWriter(openBlock(memory).memory, {
      shares: WHOLE_RING,
      wakeUnits: Number.MAX_SAFE_INTEGER,
      // Before the writer looks for room it reports that it has reached its limit: then there is room.
      onBatch: () => this.#ring.makeRoom(),
      whenFull: 'refuse',
    });
    this.#ring = new BlackBoxRing(openBlock(memory).memory);
    this.#ring.kept = records;
    const { turn } = encoder;
    this.#encoder = new RecordEncoder({ ring: this.#writer, dictionary, redaction, readClock, trace, turn, onTurn: () => {} });
    openBoxes.add(this);
    watchForCrash();
  }

  /** Writes what is kept into the log ring. */
  deliver(): void {
    const { ring } = this.#options;
    if (!this.#ring.isEmpty) this.#ring.moveTo(ring, (units, levelRank) => ring.claim(units, levelRank), true);
  }

  /** A call whose level is not written. Never throws. */
  keep(logger: ProducerLogger, levelRank: number, first: unknown, second: unknown, more: readonly unknown[]): void {
    let [message, fields] = [first, second];
    if (more.length > 0) ({ message, fields } = this.#encoder.callShapeOf([first, second, ...more]));
    const head = levelBits(levelRank) | traceBits();
    const scope = this.#scopeBitsOf(logger);
    if (scope !== NO_SCOPE) this.#encoder.write(message, fields, scope | head);
    else this.#encoder.encodeOpen(bodyAndAttributes(message, fields), head, keptScope(logger.scope));
  }

  /** The same for a record in OpenTelemetry's terms. */
  keepOpen(logger: ProducerLogger, levelRank: number, record: OpenRecord): void {
    const trace = record.withoutContext === true ? bitsWithoutContext() : traceBits();
    const scope = this.#scopeBitsOf(logger);
    this.#encoder.encodeOpen(
      record,
      scope | levelBits(levelRank) | trace,
      scope === NO_SCOPE ? keptScope(logger.scope) : undefined,
    );
  }

  /** The dictionary has turned to this half: what is kept refers to the other one. */
  turn(half: 0 | 1): void {
    this.#ring.clear(half);
    this.#writer.limits.fill(-1);
    this.#encoder.forgetIds();
  }

  /** Nothing is kept from here on, and what was kept is given up: no error has come. */
  close(): void {
    openBoxes.delete(this);
    this.#writer.close();
    this.#ring.clear(this.#ring.half);
  }

  /**
   * Scope id at its place in the head word; {@link NO_SCOPE}: the scope goes into the frame. Children with a context may be many: definitions of theirs would
   * fill the dictionary for records that nobody may ever read.
   */
  #scopeBitsOf(logger: ProducerLogger): number {
    if (logger.transient) return NO_SCOPE;
    const generation = this.#options.signals[SIGNAL_GENERATION] & GENERATION_CHANGES;
    if (logger.keptGeneration === generation) return logger.keptBits;
    const id = this.#encoder.defineScope(keptScope(logger.scope));
    if (id === NO_SCOPE) return NO_SCOPE;
    logger.keptGeneration = generation;
    logger.keptBits = scopeBits(id);
    return logger.keptBits;
  }
}

/** By their scope kept records are told from others: they are routed as errors are (read/lane-source.ts), and readers see why they stand where they do. */
function keptScope(scope: Scope): Scope {
  return { ...scope, attributes: { ...scope.attributes, [BLACK_BOX_KEY]: true } };
}

/** The level method of a thread with a box, around the plain one. `host`: the producer that `plain` was made for. */
export function boxedLevelMethod(rank: number, plain: LogMethod, box: BlackBox, host: LogHost): LogMethod {
  const isError = rank >= ERROR_RANK;
  const { signals } = host;
  return specialise(boxedMethod, {
    rank,
    level: LEVELS[rank],
    plain,
    box,
    host,
    signals,
    generationWord: SIGNAL_GENERATION,
    isError,
  });
}

interface BoxedConstants {
  readonly rank: number;
  readonly level: Level;
  readonly plain: LogMethod;
  readonly box: BlackBox;
  readonly host: LogHost;
  readonly signals: Int32Array;
  readonly generationWord: number;
  /** Whether it brings what is kept. */
  readonly isError: boolean;
}

function boxedMethod({ rank, level, plain, box, host, signals, generationWord, isError }: BoxedConstants): LogMethod {
  return function (this: ProducerLogger, message?: unknown, fields?: unknown, ...more: unknown[]) {
    if (this?.isStale === undefined) return plain.call(this, message, fields, ...more);
    const isWritten = signals[generationWord] === this.generation ? this.threshold <= rank : this.isEnabled(level);
    // Looking the level up has brought the logger to another producer, which has a box of its own or none.
    if (this.producer !== host) return this[level](message, fields, ...more);
    if (!isWritten) return box.keep(this, rank, message, fields, more);
    if (isError) box.deliver();
    if (more.length === 0) plain.call(this, message, fields);
    else plain.call(this, message, fields, ...more);
  };
}

type EmitOpen = (this: ProducerLogger, rank: number, record: OpenRecord) => void;

/** The same for records in OpenTelemetry's terms. */
export function boxedEmitOpen(plain: EmitOpen, box: BlackBox, host: LogHost): EmitOpen {
  return function (this: ProducerLogger, rank: number, record: OpenRecord) {
    const isWritten = this.isEnabled(LEVELS[rank]);
    if (this.producer !== host) return this.emitOpen(rank, record);
    if (!isWritten) return box.keepOpen(this, rank, record);
    if (rank >= ERROR_RANK) box.deliver();
    plain.call(this, rank, record);
  };
}

/** Boxes of this thread. */
const openBoxes = new Set<BlackBox>();
let isWatching = false;

/** An error that nobody catches ends the process, and is no record of ours: what is kept is written before the instance drains for the last time. */
function watchForCrash(): void {
  if (isWatching) return;
  isWatching = true;
  process.on('uncaughtExceptionMonitor', () => {
    for (const box of openBoxes) box.deliver();
  });
}
