/**
 * The one entry for records that do not come through an `HFTLogger`: from OpenTelemetry's API and SDK, and from other packages' loggers. Every adapter calls
 * it, and it writes with the calling thread's producer.
 *
 *   const intake = Intake.of(logging)
 *   const logger = intake.logger(scope)
 *   logger.isEnabled(severityNumber)        whether a record of that severity would be written
 *   logger.emit(record)                     a record in OpenTelemetry's terms
 *   logger.log(rank, message, fields)       a record that one of our own methods could write: the fast path
 *   logger.call(severity, arguments)        the arguments of a foreign log method
 *   logger.guard(() => …)                   for reading what may throw
 *   IntakeLogger.over(hftLogger)            in front of a logger that the user has chosen
 */
import type { HFTLogger, Logging } from '../caller/api.ts';
import { ProducerLogger } from '../caller/logger.ts';
import type { Producer } from '../caller/producer.ts';
import { componentScope } from '../caller/scopes.ts';
import { textOf } from '../codec/encode/arguments.ts';
import { bodyAndAttributes } from '../codec/encode/call-shape.ts';
import type { OpenRecord } from '../codec/encode/object-frame.ts';
import { FlushAsker } from '../memory/flush.ts';
import { LEVELS, rankOfSeverity, type Scope, SEVERITY_NUMBERS, SEVERITY_TEXTS } from '../record.ts';
import { Deadline } from '../time/deadline.ts';
import { flushOf, producerOf } from './internals.ts';
import { readSeverityNumber, severityName } from './severity.ts';

export class Intake {
  readonly #producer: () => Producer;

  /** `producer`: of the calling thread, asked for at each new logger. */
  constructor(producer: () => Producer) {
    this.#producer = producer;
  }

  /** Throws a TypeError for what was not made by this copy of the package. */
  static of(logging: Logging): Intake {
    return new Intake(() => producerOf(logging));
  }

  logger(scope: Scope): IntakeLogger {
    return new IntakeLogger(this.#producer().logger(scope));
  }

  /** Whether a logger of this name would write a record of this severity; `levels` of the configuration and `setLevel` hold. */
  isEnabled(loggerName: string, severityNumber: unknown): boolean {
    return rankOf(severityNumber) >= this.#producer().thresholdFor(loggerName);
  }
}

/** How severe a foreign record is. Without a text it has that of the number. */
export interface Severity {
  readonly number: number;
  readonly text?: string | undefined;
}

export class IntakeLogger {
  readonly #logger: ProducerLogger;

  /** In front of a logger of this package. Throws a TypeError for anything else, such as a logger of another copy of the package. */
  static over(logger: HFTLogger): IntakeLogger {
    if (logger instanceof ProducerLogger) return new IntakeLogger(logger);
    throw new TypeError(
      'This is no logger of getLogger, getExchangeLogger, getStrategyLogger or withContext of the same copy of hft-otel.',
    );
  }

  constructor(logger: ProducerLogger) {
    this.#logger = logger;
  }

  /** The logger that it writes with, for calls of our own methods. */
  get hftLogger(): HFTLogger {
    return this.#logger;
  }

  /** The same with further attributes on each record. */
  with(attributes: object): IntakeLogger {
    return new IntakeLogger(this.#logger.withContext(attributes) as ProducerLogger);
  }

  /** The same context under another name. */
  named(name: string): IntakeLogger {
    // Asked for a child, it goes over to the producer that has taken the place of its own.
    const { producer, scope } = this.#logger.withContext({}) as ProducerLogger;
    const own = componentScope(name);
    const attributes = { ...scope.attributes, ...own.attributes };
    return new IntakeLogger(new producer.LoggerClass(producer, { ...own, attributes }, true) as ProducerLogger);
  }

  /** Everything accepted before goes through every backend. False: not in time. */
  async flush(timeoutMillis: number): Promise<boolean> {
    const { producer } = this.#logger.withContext({}) as ProducerLogger;
    const flush = flushOf(producer);
    // On a thread without a configuration, the instance belongs to another thread.
    return flush === undefined
      ? new FlushAsker(producer.signals).flush(Deadline.in(timeoutMillis))
      : (await flush({ timeoutMillis })).complete;
  }

  isEnabled(severityNumber: unknown): boolean {
    return this.#logger.isEnabled(LEVELS[rankOf(severityNumber)]);
  }

  /** Runs code that reads and writes a foreign record. Never throws: if the code does, a record with the error's text is written instead. */
  guard(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#logger.error('a log record of another API could not be read', { 'hft.encode_error': textOf(error) });
    }
  }

  /** A record in OpenTelemetry's terms, if its level is enabled. */
  emit(record: OpenRecord): void {
    this.#logger.emitOpen(rankOf(record.severityNumber), record);
  }

  /** Arguments of a foreign log method, in any order and number, as our own methods take them. `trace`: of the record, in place of the active span's. */
  call({ number, text }: Severity, args: readonly unknown[], trace?: OpenRecord['trace']): void {
    const rank = rankOf(number);
    const isOurs = SEVERITY_NUMBERS[rank] === number && (text === undefined || text === SEVERITY_TEXTS[rank]);
    const isPlain = isOurs && trace === undefined;
    // The ordinary call: nothing about its arguments has to be found out.
    if (isPlain && args.length === 2 && typeof args[0] === 'string') return this.log(rank, args[0], args[1]);
    if (!this.isEnabled(number)) return;
    const { message, fields } = this.#logger.producer.logs.callShapeOf(args);
    if (isPlain) return this.log(rank, message, fields);
    this.emit({
      severityNumber: number,
      severityText: text ?? severityName(number),
      trace,
      withoutContext: trace !== undefined,
      ...bodyAndAttributes(message, asValue(fields)),
    });
  }

  /** A message and fields as our own methods take them; a function is a value. `rank`: of the level, see record.ts. */
  log(rank: number, message: unknown, fields?: unknown): void {
    this.#logger[LEVELS[rank]](message, asValue(fields));
  }
}

/** Our own methods call a function in place of the fields. Other APIs do not promise that: there it may be one that must not be called. */
function asValue(fields: unknown): unknown {
  return typeof fields === 'function' ? { value: fields } : fields;
}

/** Rank of our level for a severity; undefined for a value that is not a severity. */
export function rankOf(severityNumber: unknown): number {
  return rankOfSeverity(readSeverityNumber(severityNumber));
}
