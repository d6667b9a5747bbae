/**
 * OpenTelemetry's `MeterProvider` over our series table: register it globally (`metrics.setGlobalMeterProvider`), and libraries instrumented with the Metrics
 * API count into shared memory at the facade's price.
 *
 *   new RingMeterProvider(meter: SeriesMeter, { observeIntervalMillis? })
 *   provider.getMeter(name, version?, options?)
 *   provider.observe(), provider.observeSync()     runs all callbacks of observable instruments now
 *   provider.shutdown()    stops running them
 *
 * Views are the configuration's metric rules, by instrument name: aggregation, buckets, tags kept. Advice of the instrument's author
 * (`advice.explicitBucketBoundaries`) holds where no rule says otherwise.
 */
import type { Meter, MeterOptions, MeterProvider } from '@opentelemetry/api';
import { plainJson } from '../common/plain-json.ts';
import type { SeriesMeter } from '../meter/meter.ts';
import { MAX_VALUE_LENGTH, tagText } from '../meter/names.ts';
import type { InstrumentScope } from '../series/instrument.ts';
import { RingMeter } from './meter.ts';
import { ObservableRounds } from './meter-observables.ts';

/** How often observable instruments are read. A scrape sees values at most this old; a round of a runtime instrumentation takes some 50 µs. */
const DEFAULT_OBSERVE_INTERVAL_MILLIS = 1_000;
/** Meters that are kept by name; a program that makes names up gets new ones, over the same instruments, beyond. */
const MAX_CACHED_METERS = 1_000;

export interface RingMeterProviderOptions {
  /** Default {@link DEFAULT_OBSERVE_INTERVAL_MILLIS}. The timer starts with the first callback and keeps no process alive. */
  readonly observeIntervalMillis?: number;
}

export class RingMeterProvider implements MeterProvider {
  readonly #meter: SeriesMeter;
  readonly #meters = new Map<string, Meter>();
  readonly #rounds: ObservableRounds;

  constructor(meter: SeriesMeter, options: RingMeterProviderOptions = {}) {
    this.#meter = meter;
    this.#rounds = new ObservableRounds(meter.registry.table, options.observeIntervalMillis ?? DEFAULT_OBSERVE_INTERVAL_MILLIS);
  }

  getMeter(name: string, version?: string, options?: MeterOptions): Meter {
    const scope: InstrumentScope = {
      name: scopeText(name),
      ...(version !== undefined && { version: scopeText(version) }),
      ...(options?.schemaUrl !== undefined && { schemaUrl: scopeText(options.schemaUrl) }),
    };
    const id = plainJson(scope);
    let meter = this.#meters.get(id);
    if (meter === undefined) {
      meter = new RingMeter(this.#meter.registry, scope, this.#rounds);
      if (this.#meters.size < MAX_CACHED_METERS) this.#meters.set(id, meter);
    }
    return meter;
  }

  /** Runs the callbacks of all observable instruments. Settles when their values are in shared memory; never rejects. */
  observe(): Promise<void> {
    return this.#rounds.run();
  }

  /** The same without waiting, for a flush and the end of the process; callbacks that return a promise are not run to their end. */
  observeSync(): void {
    this.#rounds.runSync();
  }

  /** Stops the callbacks. The values of the last round stay. */
  shutdown(): void {
    this.#rounds.stop();
  }
}

function scopeText(value: unknown): string {
  return (tagText(value) ?? '').slice(0, MAX_VALUE_LENGTH).toWellFormed();
}
