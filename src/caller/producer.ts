/**
 * Everything one thread writes with: a ring and a dictionary for each lane, the encoders on them, the logger class made for them, and the
 * meter. The memory is announced to the worker by whoever made the producer (logging.ts, thread.ts).
 */
import { DICTIONARY_CONTROL_BYTES } from '../codec/layout.ts';
import { DictionaryWriter } from '../codec/dictionary-writer.ts';
import { type FieldRedaction, RecordEncoder, lossMark } from '../codec/record-encoder.ts';
import { textOf } from '../codec/arguments.ts';
import { LEVELS, type Lane, type Scope } from '../record.ts';
import { CONTROL_BYTES, UNIT_BYTES } from '../ring/layout.ts';
import { SIGNAL_AUDIT_SEQUENCE, SIGNAL_GENERATION, wake } from '../ring/signals.ts';
import { RingWriter } from '../ring/writer.ts';
import { readClock } from './clock.ts';
import type { LevelBoard } from './level-board.ts';
import { ProducerLogger } from './logger.ts';
import { makeAuditMethod, makeLevelMethod } from './log-methods.ts';
import type { Meter } from './meter-contract.ts';

import { traceBits, traceWords } from './trace-context.ts';

/** Bytes of a dictionary: two halves of 1 MiB, each some 8,000 definitions. Pages are taken from the system only as they are written. */
export const DICTIONARY_BYTES = DICTIONARY_CONTROL_BYTES + 2 * 1_048_576;

/** Memory of one lane. */
export interface LaneMemory {
  readonly ring: SharedArrayBuffer;
  readonly dictionary: SharedArrayBuffer;
}

export type ProducerMemory = Readonly<Record<Lane, LaneMemory>>;

export interface ProducerSettings {
  /** Bytes of each ring's data area. */
  readonly ringBytes: number;
  /** Share (0–1] of the ring for each level rank. */
  readonly shares: readonly number[];
  /** Records that wake the worker. */
  readonly batchSize: number;
}

/** An audit event as the caller has it when its lane refuses it. */
export interface RefusedAudit {
  readonly event: string;
  readonly data: unknown;
  readonly scope: Scope;
}

export interface ProducerOptions extends ProducerSettings {
  readonly signals: SharedArrayBuffer;
  readonly levels: LevelBoard;
  readonly redaction: FieldRedaction;
  readonly meter: Meter;
  /** Keeps an audit event that its lane has refused. */
  readonly writeThrough: (audit: RefusedAudit) => void;
}

export type LoggerClass = new (producer: Producer, scope: Scope, transient: boolean) => ProducerLogger;

/** A typical record is some twelve units: that many records' worth of ring is a batch. */
const UNITS_PER_RECORD = 12;

/** Records on the audit lane may fill all of it, whatever their level. */
const WHOLE_RING = [1, 1, 1, 1];

export function allocateProducerMemory(ringBytes: number): ProducerMemory {
  const lane = (): LaneMemory => ({
    ring: new SharedArrayBuffer(CONTROL_BYTES + ringBytes),
    dictionary: new SharedArrayBuffer(DICTIONARY_BYTES),
  });
  return { logs: lane(), audit: lane() };
}

export class Producer {
  readonly memory: ProducerMemory;
  readonly signals: Int32Array;
  readonly logs: RecordEncoder;
  readonly audits: RecordEncoder;
  readonly meter: Meter;
  readonly LoggerClass: LoggerClass;
  /** Who has taken this producer's place; its loggers go over at their next call. */
  successor: Producer | undefined;
  readonly #rings: Readonly<Record<Lane, RingWriter>>;
  readonly #options: ProducerOptions;

  constructor(memory: ProducerMemory, options: ProducerOptions) {
    this.memory = memory;
    this.signals = new Int32Array(options.signals);
    this.meter = options.meter;
    this.#options = options;
    const { signals } = this;
    const onBatch = () => wake(signals);
    const wakeUnits = Math.min(options.batchSize * UNITS_PER_RECORD, options.ringBytes / UNIT_BYTES / 8);
    const logs: RingWriter = new RingWriter(memory.logs.ring, {
      shares: options.shares,
      wakeUnits,
      onBatch,
      whenFull: 'drop',
      loss: lossMark(() => logs, readClock),
    });
    const audit = new RingWriter(memory.audit.ring, { shares: WHOLE_RING, wakeUnits, onBatch, whenFull: 'refuse' });
    this.#rings = { logs, audit };
    const onTurn = () => {
      Atomics.add(signals, SIGNAL_GENERATION, 1);
    };
    const shared = { redaction: options.redaction, readClock, trace: traceWords, onTurn };
    this.logs = new RecordEncoder({ ...shared, ring: logs, dictionary: new DictionaryWriter(memory.logs.dictionary) });
    this.audits = new RecordEncoder({
      ...shared,
      ring: audit,
      dictionary: new DictionaryWriter(memory.audit.dictionary),
      sharedSequence: { words: signals, index: SIGNAL_AUDIT_SEQUENCE },
    });
    this.LoggerClass = this.#makeLoggerClass();
  }

  logger(scope: Scope): ProducerLogger {
    return new this.LoggerClass(this, scope, false);
  }

  thresholdFor(name: string): number {
    return this.#options.levels.thresholdFor(name);
  }

  /** A record of a logger whose scope found no room in the dictionary. */
  logUnscoped(rank: number, message: unknown, fields: unknown, scope: Scope): void {
    this.logs.encodeOpen({ body: textOf(message), attributes: asObject(fields) }, (rank << 12) | traceBits(), scope);
  }

  auditUnscoped(event: unknown, data: unknown, scope: Scope): void {
    this.audits.encodeOpen({ body: textOf(event), attributes: asObject(data) }, (1 << 12) | traceBits(), scope);
    if (this.audits.refusals === 0) return;
    this.audits.refusals = 0;
    this.writeThrough(event, data, scope);
  }

  writeThrough(event: unknown, data: unknown, scope: Scope): void {
    this.#options.writeThrough({ event: textOf(event), data, scope });
  }

  /** Writes marks of losses that no further record would bring along. */
  settle(): void {
    this.#rings.logs.settle();
  }

  /** Nothing is taken from here on; what is in the rings stays for the worker. */
  close(): void {
    this.#rings.logs.close();
    this.#rings.audit.close();
  }

  #makeLoggerClass(): LoggerClass {
    const { signals } = this;
    const parts = { signals, encoder: this.logs, traceBits };
    const Base = ProducerLogger as unknown as new (...parts: ConstructorParameters<LoggerClass>) => object;
    const LoggerOfProducer = class HFTLogger extends Base {};
    const methods = Object.fromEntries(LEVELS.map((level, rank) => [level, makeLevelMethod(rank, parts)]));
    Object.assign(LoggerOfProducer.prototype, methods, { audit: makeAuditMethod({ ...parts, encoder: this.audits }) });
    return LoggerOfProducer as unknown as LoggerClass;
  }
}

function asObject(fields: unknown): object | undefined {
  return typeof fields === 'object' && fields !== null ? fields : fields === undefined ? undefined : { value: fields };
}
