/**
 * A standard `LogRecordProcessor`: puts any SDK `LoggerProvider` on the ring, in the place of its batch processor.
 *
 * ```ts
 * const provider = new LoggerProvider({ resource, processors: [new RingBufferLogRecordProcessor({ backends: { otlp: { endpoint } } })] });
 * ```
 */
import { type Context, isSpanContextValid, type SeverityNumber } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import type { Logging } from '../caller/api.ts';
import type { ProducerLogger } from '../caller/logger.ts';
import type { LoggingConfig } from '../config/types.ts';
import { producerOf } from '../instance/internals.ts';
import { createLogging } from '../logging.ts';
import { type Fields, LEVELS, rankOfSeverity, type Scope } from '../record.ts';
import { toUnixNanos } from './time.ts';

export class RingBufferLogRecordProcessor implements LogRecordProcessor {
  /** The instance behind this processor: its `health()` tells what was delivered and what was not. */
  readonly logging: Logging;
  readonly #owned: boolean;
  readonly #loggers = new WeakMap<InstrumentationScope, ProducerLogger>();

  /**
   * Takes an instance to write into, or the configuration of one, which then ends with this processor. The records' resource is the SDK
   * provider's. Throws ConfigError for a configuration with errors.
   */
  constructor(target: Logging | LoggingConfig = {}) {
    this.#owned = !isLogging(target);
    this.logging = isLogging(target) ? target : createLogging(target);
  }

  onEmit(record: ReadWriteLogRecord, _context?: Context): void {
    const span = record.spanContext;
    const rank = rankOfSeverity(record.severityNumber ?? 0);
    this.#loggerOf(record).emitOpen(rank, {
      severityNumber: record.severityNumber ?? 0,
      severityText: record.severityText,
      body: record.body,
      eventName: record.eventName,
      attributes: record.attributes,
      timeUnixNanos: toUnixNanos(record.hrTime),
      observedTimeUnixNanos: toUnixNanos(record.hrTimeObserved),
      trace: span !== undefined && isSpanContextValid(span) ? span : undefined,
      withoutContext: true,
    });
  }

  enabled(options: {
    context: Context;
    instrumentationScope: InstrumentationScope;
    severityNumber?: SeverityNumber;
    eventName?: string;
  }): boolean {
    const logger = this.#loggers.get(options.instrumentationScope);
    return logger === undefined || logger.isEnabled(LEVELS[rankOfSeverity(options.severityNumber ?? 0)]);
  }

  async forceFlush(options?: { timeoutMillis?: number }): Promise<void> {
    await this.logging.flush(options);
  }

  async shutdown(): Promise<void> {
    if (this.#owned) await this.logging.shutdown();
    else await this.logging.flush();
  }

  #loggerOf(record: ReadWriteLogRecord): ProducerLogger {
    const { instrumentationScope } = record;
    let logger = this.#loggers.get(instrumentationScope);
    if (logger === undefined) {
      const scope: Scope = {
        name: instrumentationScope.name,
        ...(instrumentationScope.version !== undefined && { version: instrumentationScope.version }),
        ...(instrumentationScope.schemaUrl !== undefined && { schemaUrl: instrumentationScope.schemaUrl }),
        tags: [],
        attributes: {},
        resource: record.resource.attributes as Fields,
      };
      logger = producerOf(this.logging).logger(scope);
      this.#loggers.set(instrumentationScope, logger);
    }
    return logger;
  }
}

function isLogging(target: Logging | LoggingConfig): target is Logging {
  return typeof (target as Partial<Logging>).getExchangeLogger === 'function';
}
