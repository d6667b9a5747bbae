/**
 * OpenTelemetry's `LoggerProvider` over our ring: register it globally, and libraries instrumented with the Logs API write into it.
 */
import type { Context, Logger, LoggerOptions, LoggerProvider, LogRecord } from '@opentelemetry/api';
import type { Producer } from '../caller/producer.ts';
import { textOf } from '../codec/encode/arguments.ts';
import { plainJson } from '../common/plain-json.ts';
import { Intake, type IntakeLogger, rankOf } from '../intake/intake.ts';
import { openRecordOfApi } from '../intake/open-record.ts';
import { type Fields, type Scope, SEVERITY_NUMBERS, SEVERITY_TEXTS } from '../record.ts';

/** Loggers by identity, as the specification asks: name, version, schema URL and attributes. The bound is for programs that make up names. */
const MAX_CACHED_LOGGERS = 1_000;

export class RingLoggerProvider implements LoggerProvider {
  readonly #intake: Intake;
  readonly #loggers = new Map<string, RingLogger>();

  /** `producer`: of the calling thread, asked for at each new logger. */
  constructor(producer: () => Producer) {
    this.#intake = new Intake(producer);
  }

  /** The logger of an instrumentation scope. */
  getLogger(name: string, version?: string, options?: LoggerOptions): Logger {
    const scope: Scope = {
      name: textOf(name),
      ...(version !== undefined && { version: textOf(version) }),
      ...(options?.schemaUrl !== undefined && { schemaUrl: textOf(options.schemaUrl) }),
      tags: [],
      attributes: (options?.attributes ?? {}) as Fields,
    };
    const key = identityOf(scope);
    let logger = this.#loggers.get(key);
    if (logger === undefined) {
      logger = new RingLogger(this.#intake.logger(scope));
      if (this.#loggers.size < MAX_CACHED_LOGGERS) this.#loggers.set(key, logger);
    }
    return logger;
  }
}

function identityOf(scope: Scope): string {
  try {
    return plainJson([scope.name, scope.version, scope.schemaUrl, scope.attributes]);
  } catch {
    return `${scope.name}\u0000${scope.version}\u0000${scope.schemaUrl}`;
  }
}

/** A `Logger` of the API. `emit` never throws. */
class RingLogger implements Logger {
  readonly #logger: IntakeLogger;

  constructor(logger: IntakeLogger) {
    this.#logger = logger;
  }

  enabled(options?: { context?: Context; severityNumber?: number; eventName?: string }): boolean {
    return this.#logger.isEnabled(options?.severityNumber);
  }

  emit(record: LogRecord): void {
    // Each property of a foreign record may be a getter that throws.
    this.#logger.guard(() => {
      const rank = rankOf(record.severityNumber);
      if (isPlain(record, rank)) this.#logger.log(rank, record.body, record.attributes);
      else this.#logger.emit(openRecordOfApi(record));
    });
  }
}

/** Its severity is one of our levels, and it has no time of its own: it can take the fast path. */
function isPlain(record: LogRecord, rank: number): boolean {
  return (
    typeof record.body === 'string' &&
    record.severityNumber === SEVERITY_NUMBERS[rank] &&
    (record.severityText === undefined || record.severityText === SEVERITY_TEXTS[rank]) &&
    record.timestamp === undefined &&
    record.observedTimestamp === undefined &&
    record.eventName === undefined &&
    record.context === undefined &&
    record.exception === undefined
  );
}
