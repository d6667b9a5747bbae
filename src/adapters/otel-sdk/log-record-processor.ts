/**
 * A standard `LogRecordProcessor`: puts any SDK `LoggerProvider` on the ring, in the place of its batch processor.
 *
 * ```ts
 * const provider = new LoggerProvider({ resource, processors: [new RingBufferLogRecordProcessor({ backends: { otlp: { endpoint } } })] });
 * ```
 */
import type { Context, SeverityNumber } from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ForceFlushOptions, LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import type { FlushReport, Logging } from '../../caller/api.ts';
import type { LoggingConfig } from '../../config/types.ts';
import { HftError } from '../../errors.ts';
import { Intake, type IntakeLogger } from '../../intake/intake.ts';
import { openRecordOfSdk } from '../../intake/open-record.ts';
import { createLogging } from '../../logging.ts';
import type { Fields, Scope } from '../../record.ts';

export class RingBufferLogRecordProcessor implements LogRecordProcessor {
  /** The instance behind this processor: its `health()` has delivered and lost records. */
  readonly logging: Logging;
  readonly #owned: boolean;
  readonly #intake: Intake;
  readonly #loggers = new WeakMap<InstrumentationScope, IntakeLogger>();

  /**
   * Takes an instance to write into, or the configuration of one, which then ends with this processor. The records' resource is the SDK
   * provider's; attributes of an instrumentation scope become attributes of its records. Throws ConfigError for a configuration with errors.
   */
  constructor(target: Logging | LoggingConfig = {}) {
    this.#owned = !isLogging(target);
    this.logging = isLogging(target) ? target : createLogging(target);
    this.#intake = Intake.of(this.logging);
  }

  /** Returns when the record is in the ring. */
  onEmit(record: ReadWriteLogRecord, _context?: Context): void {
    this.#loggerOf(record).emit(openRecordOfSdk(record));
  }

  /** Whether the level of the scope's logger lets a record of this severity through: `levels` of the configuration and `setLevel` hold. */
  enabled(options: {
    context: Context;
    instrumentationScope: InstrumentationScope;
    severityNumber?: SeverityNumber;
    eventName?: string;
  }): boolean {
    return this.#intake.isEnabled(options.instrumentationScope.name, options.severityNumber);
  }

  /** Everything emitted before goes through every backend. Rejects with HFT_FLUSH_TIMEOUT when it does not in time. */
  async forceFlush(options: ForceFlushOptions = {}): Promise<void> {
    requireComplete(await this.logging.flush(options));
  }

  /** `forceFlush`, and the end of an instance that was made for this processor. */
  async shutdown(): Promise<void> {
    requireComplete(await (this.#owned ? this.logging.shutdown() : this.logging.flush()));
  }

  #loggerOf({ instrumentationScope, resource }: ReadWriteLogRecord): IntakeLogger {
    const known = this.#loggers.get(instrumentationScope);
    if (known !== undefined) return known;
    const logger = this.#intake.logger(scopeOf(instrumentationScope, resource));
    this.#loggers.set(instrumentationScope, logger);
    if (resource.asyncAttributesPending) {
      // A record does not wait for detectors, so that a crash does not take it along; later ones have what they found.
      void resource.waitForAsyncAttributes?.().finally(() => this.#loggers.delete(instrumentationScope));
    }
    return logger;
  }
}

function scopeOf(scope: InstrumentationScope, resource: Resource): Scope {
  const { name, version, schemaUrl } = scope;
  // The SDK keeps them here, though its type does not say so.
  const { attributes = {} } = scope as { attributes?: Fields };
  return {
    name,
    ...(version !== undefined && { version }),
    ...(schemaUrl !== undefined && { schemaUrl }),
    tags: [],
    attributes,
    resource: settledAttributes(resource),
  };
}

/** `resource.attributes` would complain of those that are not known yet. */
function settledAttributes(resource: Resource): Fields {
  if (!resource.asyncAttributesPending) return resource.attributes;
  const settled: Record<string, unknown> = {};
  for (const [key, value] of resource.getRawAttributes()) {
    if (!(key in settled) && value !== undefined && !(value instanceof Promise)) settled[key] = value;
  }
  return settled;
}

function requireComplete({ complete, pending, elapsedMillis }: FlushReport): void {
  if (complete) return;
  throw new HftError('HFT_FLUSH_TIMEOUT', `${pending} records were not delivered within ${Math.round(elapsedMillis)} ms.`);
}

function isLogging(target: Logging | LoggingConfig): target is Logging {
  return typeof (target as Partial<Logging>).getExchangeLogger === 'function';
}
