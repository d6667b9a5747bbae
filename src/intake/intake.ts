/**
 * The one inner door for records that do not come through an `HFTLogger`: from OpenTelemetry's API and SDK, and from other packages' loggers. Every adapter
 * stands in front of it, and it stands in front of the calling thread's producer.
 *
 *   const intake = Intake.of(logging)
 *   const logger = intake.logger(scope)
 *   logger.isEnabled(severityNumber)        whether a record of that severity would be written
 *   logger.emit(record)                     a record in OpenTelemetry's terms
 *   logger.log(rank, message, fields)       what one of our own methods could say: the fast path
 *   logger.guard(() => …)                   for reading what may throw
 */
import type { Logging } from '../caller/api.ts';
import type { ProducerLogger } from '../caller/logger.ts';
import type { Producer } from '../caller/producer.ts';
import { textOf } from '../codec/encode/arguments.ts';
import type { OpenRecord } from '../codec/encode/object-frame.ts';
import { type Fields, LEVELS, rankOfSeverity, type Scope } from '../record.ts';
import { producerOf } from './internals.ts';
import { readSeverityNumber } from './severity.ts';

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

export class IntakeLogger {
  readonly #logger: ProducerLogger;

  constructor(logger: ProducerLogger) {
    this.#logger = logger;
  }

  isEnabled(severityNumber: unknown): boolean {
    return this.#logger.isEnabled(LEVELS[rankOf(severityNumber)]);
  }

  /** Runs what reads a foreign record and writes it. Never throws: a record that says what was thrown is written in its place. */
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

  /** `rank`: of the level, see record.ts. */
  log(rank: number, message: string, fields?: Fields): void {
    this.#logger[LEVELS[rank]](message, fields);
  }
}

/** Of our level that stands for a severity; what is no severity is none. */
export function rankOf(severityNumber: unknown): number {
  return rankOfSeverity(readSeverityNumber(severityNumber));
}
