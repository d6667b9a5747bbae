/**
 * The logger a component holds. Its level methods are made per producer (log-methods.ts); here is their common part: names, contexts, and the refresh of cached
 * values.
 */
import { readFields } from '../codec/encode/arguments.ts';
import { bodyAndAttributes } from '../codec/encode/call-shape.ts';
import type { OpenRecord } from '../codec/encode/object-frame.ts';
import { scopeBits } from '../codec/head-word.ts';
import { NO_SCOPE } from '../codec/layout.ts';
import { INSPECT } from '../common/inspect.ts';
import type { AuditReceipt, ReceiptStage } from '../contract/audit-receipt.ts';
import { GENERATION_CHANGES, SIGNAL_GENERATION } from '../memory/signals.ts';
import type { BoundCounter, BoundGauge, BoundHistogram } from '../meter/meter.ts';
import { LEVELS, type Level, type LevelName, rankOfLevel, readLevel, type Scope, type Tags } from '../record.ts';
import type { HFTLogger } from './api.ts';
import type { LogHost } from './log-host.ts';
import { LoggingTimer } from './timer.ts';

// No member is `#private`: loggers are wrapped in proxies (by mocks, by containers for dependencies), and calls through those must find them.

/** A generation that no signal word has: cached values must be looked up. */
const STALE = -1;

export abstract class ProducerLogger implements HFTLogger {
  /** Generation at which `threshold` and `bits` were looked up. */
  generation = STALE;
  /** Rank of the least level that is written. */
  threshold = 0;
  /** Scope id at its place in the head word. */
  bits = 0;
  auditGeneration = STALE;
  auditBits = 0;
  /** The same for records that a black box keeps, whose scope has an attribute more (black-box.ts). Bits of the generation that stand for changes. */
  keptGeneration = STALE;
  keptBits = 0;
  producer: LogHost;
  readonly scope: Scope;
  /** Children with a context may be many and short-lived: they get a scope id only when they write. */
  readonly transient: boolean;

  constructor(producer: LogHost, scope: Scope, transient: boolean) {
    this.producer = producer;
    this.scope = scope;
    this.transient = transient;
  }

  abstract trace(message: unknown, fields?: unknown, ...more: unknown[]): void;
  abstract debug(message: unknown, fields?: unknown, ...more: unknown[]): void;
  abstract info(message: unknown, fields?: unknown, ...more: unknown[]): void;
  abstract warning(message: unknown, fields?: unknown, ...more: unknown[]): void;
  abstract warn(message: unknown, fields?: unknown, ...more: unknown[]): void;
  abstract error(message: unknown, fields?: unknown, ...more: unknown[]): void;
  abstract fatal(message: unknown, fields?: unknown, ...more: unknown[]): void;
  abstract audit(event: string, data: object, ...more: unknown[]): void;

  /** In a record or in a debugger a logger is its name: not the memory it writes to, nor its context, which is redacted only in records. */
  toJSON(): string {
    return `[logger ${this.scope.name}]`;
  }

  [INSPECT](): string {
    return this.toJSON();
  }

  isEnabled(level: LevelName): boolean {
    this.follow();
    const rank = rankOfName(level);
    if (rank < 0) return false;
    if (this.isUnchanged(this.generation)) return rank >= this.threshold;
    return rank >= this.producer.thresholdFor(this.scope.name);
  }

  metric(name: string, value: number, tags?: Tags): void {
    this.follow();
    this.producer.meter.metric(name, value, tags);
  }

  counter(name: string, value?: number, tags?: Tags): void {
    this.follow();
    this.producer.meter.counter(name, value, tags);
  }

  timer(name: string, tags?: Tags): LoggingTimer {
    return new LoggingTimer(this, name, tags);
  }

  bindCounter(name: string, tags?: Tags): BoundCounter {
    this.follow();
    return this.producer.meter.bindCounter(name, tags);
  }

  bindGauge(name: string, tags?: Tags): BoundGauge {
    this.follow();
    return this.producer.meter.bindGauge(name, tags);
  }

  bindHistogram(name: string, tags?: Tags): BoundHistogram {
    this.follow();
    return this.producer.meter.bindHistogram(name, tags);
  }

  /** For timers: records `${operation}_duration_us`, without making that name anew each time. */
  recordDurationUs(operation: string, us: number, tags?: Tags): void {
    this.follow();
    this.producer.meter.recordDurationUs(operation, us, tags);
  }

  /** A level method's call with more than two arguments. */
  logAll(rank: number, args: readonly unknown[]): void {
    if (!this.isEnabled(LEVELS[rank])) return;
    const { message, fields } = this.producer.logs.callShapeOf(args);
    this[LEVELS[rank]](message, fields);
  }

  /** The same of `audit`. */
  auditAll(args: readonly unknown[]): void {
    const { message, fields } = this.producer.audits.callShapeOf(args);
    this.audit(message as string, fields as object);
  }

  auditReceipt(event: string, data: object, stage: ReceiptStage = 'disk'): Promise<AuditReceipt> {
    this.follow();
    return this.producer.auditReceipt(event, data, this.scope, stage);
  }

  withContext(fields: object): HFTLogger {
    this.follow();
    const scope = { ...this.scope, attributes: readFields(fields, this.scope.attributes) };
    return new this.producer.LoggerClass(this.producer, scope, true);
  }

  /** Fastify asks a `loggerInstance` for it: a logger that was handed in bare works. `hft-otel/fastify` also reads serializers and levels. */
  child(bindings: object): HFTLogger {
    return this.withContext(bindings);
  }

  /** Nest asks for it; without it Nest ends the process without a message. `hft-otel/nestjs` also reads contexts. */
  log(message: unknown, fields?: unknown, ...more: unknown[]): void {
    this.info(message, fields, ...more);
  }

  /** Writes a record in OpenTelemetry's terms, if its level is enabled. */
  emitOpen(rank: number, record: OpenRecord): void {
    const { signals } = this.producer;
    if (signals[SIGNAL_GENERATION] !== this.generation && !this.refreshOpen(rank, record)) return;
    if (this.threshold <= rank) this.producer.logOpen(rank, record, this.bits);
  }

  /** `refresh` for {@link emitOpen}. */
  private refreshOpen(rank: number, record: OpenRecord): boolean {
    if (this.follow()) {
      this.emitOpen(rank, record);
      return false;
    }
    if (this.isUnchanged(this.generation)) {
      this.generation = this.producer.signals[SIGNAL_GENERATION];
      return true;
    }
    if (this.lookUp(rank)) return true;
    if (rank >= this.threshold) this.producer.logOpen(rank, record, 0, this.scope);
    return false;
  }

  /**
   * Called by a level method when the generation has changed: whether that concerns the call. A disabled call is not timed, and ends here: as long as its
   * fields are passed to no function, the engine never makes them (1.8 ns in place of 6).
   */
  isStale(rank: number): boolean {
    if (rank >= this.threshold || !this.isUnchanged(this.generation)) return true;
    this.generation = this.producer.signals[SIGNAL_GENERATION];
    return false;
  }

  /**
   * Called by a level method when it is stale. True: go on with what is cached now. False: the record has been dealt with,
   * because this logger belongs to another producer now, or its scope has no definition.
   */
  refresh(rank: number, message: unknown, fields: unknown): boolean {
    if (this.follow()) {
      this[LEVELS[rank]](message, fields);
      return false;
    }
    if (this.isUnchanged(this.generation)) {
      if (!this.producer.callCost.isDue()) return true;
      this.generation = this.producer.signals[SIGNAL_GENERATION];
      return true;
    }
    if (this.lookUp(rank)) return true;
    if (rank >= this.threshold) this.producer.logOpen(rank, bodyAndAttributes(message, fields), 0, this.scope);
    return false;
  }

  /** Whether nothing that is cached has changed since `generation`; a sample may have been asked for all the same. */
  private isUnchanged(generation: number): boolean {
    return generation !== STALE && ((generation ^ this.producer.signals[SIGNAL_GENERATION]) & GENERATION_CHANGES) === 0;
  }

  /** Threshold and scope id anew. False: the dictionary has no room for the scope now. */
  private lookUp(rank: number): boolean {
    const { producer } = this;
    const generation = producer.signals[SIGNAL_GENERATION];
    this.threshold = producer.thresholdFor(this.scope.name);
    if (this.transient && rank < this.threshold) return true;
    const id = producer.logs.defineScope(this.scope);
    if (id === NO_SCOPE) return false;
    this.bits = scopeBits(id);
    this.generation = generation;
    return true;
  }

  /** The same for the audit lane, which has scope ids of its own and no levels. */
  refreshAudit(event: unknown, data: unknown): boolean {
    if (this.follow()) {
      this.audit(event as string, data as object);
      return false;
    }
    const { producer } = this;
    const generation = producer.signals[SIGNAL_GENERATION];
    if (this.isUnchanged(this.auditGeneration)) {
      if (!producer.callCost.isDue()) return true;
      this.auditGeneration = generation;
      return true;
    }
    const id = producer.audits.defineScope(this.scope);
    if (id === NO_SCOPE) {
      producer.auditUnscoped(event, data, this.scope);
      return false;
    }
    this.auditBits = scopeBits(id);
    this.auditGeneration = generation;
    return true;
  }

  /** Goes over to the producer that has taken the place of this logger's (a late or a new configuration). True if there is one. */
  protected follow(): boolean {
    if (this.producer.successor === undefined) return false;
    let successor = this.producer.successor;
    while (successor.successor !== undefined) successor = successor.successor;
    this.producer = successor;
    this.generation = STALE;
    this.auditGeneration = STALE;
    this.keptGeneration = STALE;
    // The methods stand on the class made for the producer. This happens once in a logger's life, not in a call that matters.
    Object.setPrototypeOf(this, successor.LoggerClass.prototype);
    return true;
  }
}

/** Negative for what is no level. */
function rankOfName(name: LevelName): number {
  const rank = rankOfLevel(name as Level);
  const level = rank < 0 ? readLevel(name) : undefined;
  return level === undefined ? rank : rankOfLevel(level);
}
