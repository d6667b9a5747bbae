/**
 * Everything one thread writes with: a ring and a dictionary for each lane, the encoders on them, the logger class made for them, and the
 * meter. The maker of the producer announces its memory to the worker (logging.ts, process/thread.ts).
 */
import { threadId } from 'node:worker_threads';
import { blackBoxBytes } from '../codec/black-box.ts';
import { DictionaryWriter } from '../codec/dictionary/dictionary-writer.ts';
import { bodyAndAttributes } from '../codec/encode/call-shape.ts';
import { lossMark } from '../codec/encode/loss-mark.ts';
import type { OpenRecord } from '../codec/encode/object-frame.ts';
import { REFUSED } from '../codec/encode/outcome.ts';
import { RecordEncoder } from '../codec/encode/record-encoder.ts';
import { levelBits } from '../codec/head-word.ts';
import { DICTIONARY_CONTROL_BYTES, DICTIONARY_FORMAT } from '../codec/layout.ts';
import type { AuditReceipt, ReceiptStage } from '../contract/audit-receipt.ts';
import { HftError } from '../errors.ts';
import { type Allocator, allocatorOf, SHARED_MEMORY } from '../memory/allocator.ts';
import { type Block, type BlockDescriptor, openBlock } from '../memory/block.ts';
import { GrowingBlocks } from '../memory/growing-blocks.ts';
import type { LaneMemory, ProducerMemory } from '../memory/producer-memory.ts';
import { allocateRun, RUN_AUDIT_SEQUENCE } from '../memory/run.ts';
import { allocateSignals, SIGNAL_GENERATION, wake } from '../memory/signals.ts';
import { SeriesMeter } from '../meter/meter.ts';
import type { MetricProblem } from '../meter/registry.ts';
import { AUDIT_RANK, LANE_FACTS, LANES, type Lane, LEVELS, type Scope } from '../record.ts';
import { NO_REDACTION, type Redaction } from '../redaction/redaction.ts';
import { CONTROL_BYTES, FORMAT_VERSION, UNIT_BYTES } from '../ring/layout.ts';
import { RingWriter } from '../ring/writer.ts';
import { SERIES_FORMAT } from '../series/layout.ts';
import { SeriesTable } from '../series/table.ts';
import type { ExemplarFilter, MetricRule, SamplingRule } from '../settings/vocabulary.ts';
import { readClock } from '../time/clock.ts';
import { allocateBlackBox, BlackBox, boxedEmitOpen, boxedLevelMethod } from './black-box.ts';
import { CallCost } from './call-cost.ts';
import { LevelBoard } from './level-board.ts';
import type { LoggerClass, LogHost } from './log-host.ts';
import { makeAuditMethod, makeLevelMethod } from './log-methods.ts';
import { ProducerLogger } from './logger.ts';
import { sampledEmitOpen, sampledLevelMethod, tellSampledOut } from './sampled-methods.ts';
import { Sampler } from './sampler.ts';
import { componentScope } from './scopes.ts';
import { SilentLogger } from './silent-logger.ts';
import { bitsWithoutContext, exemplarContextOf, traceBits, traceWords } from './trace-context.ts';

/** Bytes of a dictionary: two halves of 1 MiB, each some 8,000 definitions. Pages are taken from the system only as they are written. */
const DICTIONARY_BYTES = DICTIONARY_CONTROL_BYTES + 2 * 1_048_576;

export interface ProducerSettings {
  /** Bytes of each ring's data area. */
  readonly ringBytes: number;
  /** Share (0–1] of the ring for each level rank. */
  readonly shares: readonly number[];
  /** Records that wake the worker. */
  readonly batchSize: number;
  /** OpenTelemetry is switched off: loggers write nothing. */
  readonly disabled: boolean;
  readonly sampling: readonly SamplingRule[];
  readonly blackBox: {
    /** Records below the level that is written that are kept; 0: none. */
    readonly records: number;
  };
}

/** An audit event as the caller has it when its lane refuses it. */
export interface RefusedAudit {
  readonly event: unknown;
  readonly data: unknown;
  readonly scope: Scope;
}

export interface ProducerOptions extends ProducerSettings {
  /** Nanoseconds. Default: the monotonic clock; a test's may be one that follows fake timers. */
  readonly readClock?: () => bigint;
  readonly signals: Block;
  /** The run that numbers audit events. */
  readonly run: Block;
  readonly levels: LevelBoard;
  readonly redaction: Redaction;
  readonly meter: SeriesMeter;
  /** Keeps an audit event that its lane has refused. False: it cannot, and the event is lost. */
  readonly writeThrough: (audit: RefusedAudit) => boolean;
  /** Undefined: this thread gets no receipts. */
  readonly receipts?: ReceiptOffice | undefined;
}

/** Gives receipts of audit events. */
export interface ReceiptOffice {
  request(number: number, stage: ReceiptStage): Promise<AuditReceipt>;
  /** Low 32 bits of the number of the event that was written through last; undefined: it could not be written. */
  numberWrittenThrough(): number | undefined;
}

/** A typical record is some twelve units: that many records' worth of ring is a batch. */
const UNITS_PER_RECORD = 12;

/** Records on the audit lane may fill all of it, whatever their level. */
const WHOLE_RING: readonly number[] = LEVELS.map(() => 1);

/** First block of a series table; it grows by further ones. */
const SERIES_BLOCK_BYTES = 65_536;

/** Most memory of a thread's series table; beyond it measurements of new series are counted as refused. */
const SERIES_MOST_BYTES = 64 * 1_048_576;

/** Of records whose method was called without its logger. */
const UNBOUND_SCOPE = componentScope('unbound');

let producersMade = 0;

/** Bytes that a producer takes at first. */
export function producerBytes({ ringBytes, blackBox }: Pick<ProducerSettings, 'ringBytes' | 'blackBox'>): number {
  const lanes = LANES.length * (CONTROL_BYTES + ringBytes + DICTIONARY_BYTES);
  return lanes + SERIES_BLOCK_BYTES + (blackBox.records > 0 ? blackBoxBytes(blackBox.records) : 0);
}

/** `series`: blocks of the series table, to which those that it grows by are added. */
function allocateProducerMemory(
  id: string,
  allocator: Allocator,
  { ringBytes, blackBox: { records } }: Pick<ProducerSettings, 'ringBytes' | 'blackBox'>,
  series: readonly BlockDescriptor[],
): ProducerMemory {
  const laneMemory = (lane: Lane): LaneMemory => {
    const of = { owner: id, lane };
    const ring = { kind: 'ring', format: FORMAT_VERSION, bytes: CONTROL_BYTES + ringBytes, ...of } as const;
    const dictionary = { kind: 'dictionary', format: DICTIONARY_FORMAT, bytes: DICTIONARY_BYTES, ...of } as const;
    return { ring: allocator.allocate(ring).descriptor, dictionary: allocator.allocate(dictionary).descriptor };
  };
  const blackBox = records > 0 ? { blackBox: allocateBlackBox(allocator, id, records) } : undefined;
  return { id, logs: { ...laneMemory('logs'), ...blackBox }, audit: laneMemory('audit'), series };
}

export class Producer implements LogHost {
  readonly memory: ProducerMemory;
  readonly signals: Int32Array;
  readonly logs: RecordEncoder;
  readonly audits: RecordEncoder;
  readonly meter: SeriesMeter;
  readonly callCost: CallCost;
  readonly LoggerClass: LoggerClass;
  readonly levels: LevelBoard;
  /** The producer that has replaced this one; its loggers go over at their next call. */
  successor: Producer | undefined;
  readonly #rings: Readonly<Record<Lane, RingWriter>>;
  readonly #options: ProducerOptions;
  /** Undefined: every record is written. */
  readonly #sampler: Sampler | undefined;
  /** Undefined: what is below the level that is written is not kept. */
  readonly #blackBox: BlackBox | undefined;

  constructor(memory: ProducerMemory, options: ProducerOptions) {
    this.memory = memory;
    this.signals = options.signals.words;
    this.meter = options.meter;
    this.callCost = new CallCost(options.meter, this.signals);
    this.levels = options.levels;
    this.#options = options;
    const { signals } = this;
    const onBatch = () => {
      wake(signals);
      this.callCost.ask();
    };
    const wakeUnits = Math.min(options.batchSize * UNITS_PER_RECORD, options.ringBytes / UNIT_BYTES / 8);
    const clock = options.readClock ?? readClock;
    const logs: RingWriter = new RingWriter(openBlock(memory.logs.ring).memory, {
      shares: options.shares,
      wakeUnits,
      onBatch,
      whenFull: LANE_FACTS.logs.whenFull,
      loss: lossMark(() => logs, clock),
    });
    const audit = new RingWriter(openBlock(memory.audit.ring).memory, {
      shares: WHOLE_RING,
      wakeUnits,
      onBatch,
      whenFull: LANE_FACTS.audit.whenFull,
    });
    this.#rings = { logs, audit };
    const dictionary = new DictionaryWriter(openBlock(memory.logs.dictionary!).memory);
    const onTurn = () => {
      this.#blackBox?.turn(dictionary.half);
      Atomics.add(signals, SIGNAL_GENERATION, 1);
    };
    const shared = { redaction: options.redaction, readClock: clock, trace: traceWords, onTurn };
    this.logs = new RecordEncoder({ ...shared, ring: logs, dictionary });
    this.audits = new RecordEncoder({
      ...shared,
      ring: audit,
      dictionary: new DictionaryWriter(openBlock(memory.audit.dictionary!).memory),
      sharedSequence: { words: options.run.words, index: RUN_AUDIT_SEQUENCE },
    });
    if (options.sampling.length > 0)
      this.#sampler = new Sampler({ rules: options.sampling, readClock: clock, count: (rank) => logs.countSampledOut(rank) });
    const { blackBox } = memory.logs;
    if (blackBox !== undefined && !options.disabled) {
      const { records } = options.blackBox;
      this.#blackBox = new BlackBox({
        ...shared,
        memory: blackBox,
        records,
        signals,
        ring: logs,
        dictionary,
        encoder: this.logs,
      });
    }
    this.LoggerClass = options.disabled ? SilentLogger : this.#makeLoggerClass();
  }

  logger(scope: Scope): ProducerLogger {
    return new this.LoggerClass(this, scope, false) as ProducerLogger;
  }

  thresholdFor(name: string): number {
    return this.#options.disabled ? LEVELS.length : this.#options.levels.thresholdFor(name);
  }

  /** A record in OpenTelemetry's terms. `scope`: of a logger whose scope found no room in the dictionary. */
  logOpen(rank: number, record: OpenRecord, scopeBits: number, scope?: Scope): void {
    const trace = record.withoutContext === true ? bitsWithoutContext() : traceBits();
    this.logs.encodeOpen(record, scopeBits | levelBits(rank) | trace, scope);
  }

  /** False: its lane was full, and it was written through. */
  auditUnscoped(event: unknown, data: unknown, scope: Scope): boolean {
    const head = levelBits(AUDIT_RANK) | traceBits();
    const isRefused = this.audits.encodeOpen(bodyAndAttributes(event, data), head, scope) === REFUSED;
    if (isRefused) this.writeThrough(event, data, scope);
    return !isRefused;
  }

  auditReceipt(event: unknown, data: unknown, scope: Scope, stage: ReceiptStage): Promise<AuditReceipt> {
    const { receipts } = this.#options;
    const isInRing = this.auditUnscoped(event, data, scope);
    if (receipts === undefined)
      return Promise.reject(
        new HftError(
          'HFT_AUDIT_RECEIPT',
          'Receipts are given on the thread that made the instance, where backends.audit writes a file.',
        ),
      );
    const number = isInRing ? this.audits.lastNumber : receipts.numberWrittenThrough();
    if (number === undefined) return Promise.reject(new HftError('HFT_AUDIT_RECEIPT', 'The event could not be written.'));
    wake(this.signals);
    return receipts.request(number, stage);
  }

  writeThrough(event: unknown, data: unknown, scope: Scope): void {
    if (!this.#options.writeThrough({ event, data, scope })) this.#rings.audit.countLoss(AUDIT_RANK);
  }

  /** From here on `successor` takes what this producer's loggers write: each goes over at its next call. */
  succeed(successor: Producer): void {
    this.successor = successor;
    Atomics.add(this.signals, SIGNAL_GENERATION, 1);
    this.close();
  }

  /** Writes marks of losses, and of what sampling has left out, that no further record would bring along. */
  settle(): void {
    this.#tellSampledOut();
    this.#rings.logs.settle();
  }

  /** Refuses records from here on; those in the rings stay for the worker. */
  close(): void {
    this.#tellSampledOut();
    this.#blackBox?.close();
    this.#rings.logs.close();
    this.#rings.audit.close();
  }

  #tellSampledOut(): void {
    if (this.#sampler !== undefined) tellSampledOut(this.#sampler, (scope, rank, record) => this.logOpen(rank, record, 0, scope));
  }

  #makeLoggerClass(): LoggerClass {
    const { signals } = this;
    let unboundLogger: ProducerLogger | undefined;
    const unbound = () => {
      unboundLogger ??= this.logger(UNBOUND_SCOPE);
      return unboundLogger;
    };
    const parts = { signals, encoder: this.logs, traceBits, cost: this.callCost, unbound };
    const Base = ProducerLogger as unknown as new (...parts: ConstructorParameters<LoggerClass>) => object;
    const LoggerOfProducer = class HFTLogger extends Base {};
    const sampler = this.#sampler;
    const box = this.#blackBox;
    const methods = Object.fromEntries(
      LEVELS.map((level, rank) => {
        const plain = makeLevelMethod(rank, parts);
        const sampled = sampler === undefined ? plain : sampledLevelMethod(rank, plain, sampler, this);
        return [level, box === undefined ? sampled : boxedLevelMethod(rank, sampled, box, this)];
      }),
    );
    if (sampler !== undefined || box !== undefined) {
      let { emitOpen } = ProducerLogger.prototype;
      if (sampler !== undefined) emitOpen = sampledEmitOpen(emitOpen, sampler, this);
      if (box !== undefined) emitOpen = boxedEmitOpen(emitOpen, box, this);
      Object.assign(LoggerOfProducer.prototype, { emitOpen });
    }
    // Timers ask for it (caller/timer.ts); where it is missing they read the monotonic clock.
    if (this.#options.readClock !== undefined) Object.assign(LoggerOfProducer.prototype, { readClock: this.#options.readClock });
    Object.assign(LoggerOfProducer.prototype, methods, {
      warn: methods.warning,
      audit: makeAuditMethod({ ...parts, encoder: this.audits }),
    });
    return LoggerOfProducer as unknown as LoggerClass;
  }
}

export interface MakeProducerOptions extends Pick<ProducerOptions, 'readClock'> {
  readonly settings: ProducerSettings & {
    readonly metrics: readonly MetricRule[];
    readonly cardinalityLimit: number;
    readonly exemplars: ExemplarFilter;
  };
  readonly allocator: Allocator;
  readonly signals: Block;
  readonly run: Block;
  readonly levels: LevelBoard;
  readonly redaction: Redaction;
  readonly writeThrough: (audit: RefusedAudit) => boolean;
  readonly receipts?: ReceiptOffice | undefined;
  /** The series table has grown: its reader must get the block. */
  readonly onSeries: (producerId: string, block: BlockDescriptor) => void;
  readonly onMetricProblem: (problem: MetricProblem) => void;
}

/** A producer for the calling thread, on memory of its own. */
export function makeProducer({ settings, onSeries, onMetricProblem, ...rest }: MakeProducerOptions): Producer {
  const { allocator } = rest;
  const id = `${threadId}-${++producersMade}-${Math.random().toString(36).slice(2, 8)}`;
  const blocks = new GrowingBlocks({
    allocator,
    first: { kind: 'series', format: SERIES_FORMAT, bytes: SERIES_BLOCK_BYTES, owner: id },
    mostBytes: SERIES_MOST_BYTES,
    onBlock: (block) => onSeries(id, block),
  });
  const memory = allocateProducerMemory(id, allocator, settings, blocks.descriptors);
  const table = new SeriesTable(blocks.first, blocks);
  const meter = new SeriesMeter({
    table,
    rules: settings.metrics,
    cardinalityLimit: settings.cardinalityLimit,
    onProblem: onMetricProblem,
    redaction: rest.redaction,
    exemplarContext: exemplarContextOf(settings.exemplars),
  });
  return new Producer(memory, { ...settings, ...rest, meter });
}

/** A producer whose loggers write nothing. Its memory is never written to. */
export function makeSilentProducer(): Producer {
  const allocator = allocatorOf(SHARED_MEMORY);
  const signals = allocateSignals();
  return makeProducer({
    settings: {
      ringBytes: 65_536,
      shares: WHOLE_RING,
      batchSize: 1,
      disabled: true,
      metrics: [],
      cardinalityLimit: 1,
      exemplars: 'always_off',
      sampling: [],
      blackBox: { records: 0 },
    },
    allocator,
    signals,
    run: allocateRun(allocator, ''),
    levels: new LevelBoard(signals, { level: 'debug', levels: {} }),
    redaction: NO_REDACTION,
    writeThrough: () => false,
    onSeries: () => {},
    onMetricProblem: () => {},
  });
}
