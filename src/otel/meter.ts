/**
 * One `Meter` of OpenTelemetry's API. Asking twice for an instrument gives the same series; nothing that is asked for throws.
 */
import type {
  BatchObservableCallback,
  Counter,
  Gauge,
  Histogram,
  Meter,
  MetricAttributes,
  MetricOptions,
  Observable,
  ObservableCounter,
  ObservableGauge,
  ObservableUpDownCounter,
  UpDownCounter,
  ValueType,
} from '@opentelemetry/api';
import type { InstrumentRegistry, Opened } from '../meter/registry.ts';
import type { InstrumentKind, InstrumentScope } from '../series/instrument.ts';
import { attributeOf } from './meter-attributes.ts';
import { AddingInstrument, RecordingInstrument } from './meter-instruments.ts';
import { ObservableInstrument, type ObservableRounds } from './meter-observables.ts';

type Batch = BatchObservableCallback<MetricAttributes>;

export class RingMeter implements Meter {
  readonly #registry: InstrumentRegistry;
  readonly #scope: InstrumentScope;
  readonly #rounds: ObservableRounds;
  /** Observables by what they record to, so that asking twice for one gives the same, with its callbacks. */
  readonly #observables = new Map<Opened, ObservableInstrument>();

  constructor(registry: InstrumentRegistry, scope: InstrumentScope, rounds: ObservableRounds) {
    this.#registry = registry;
    this.#scope = scope;
    this.#rounds = rounds;
  }

  createCounter(name: string, options?: MetricOptions): Counter {
    return new AddingInstrument(this.#open(name, 'counter', options, false), isInteger(options), () => this.#unreadable(name));
  }

  createUpDownCounter(name: string, options?: MetricOptions): UpDownCounter {
    return new AddingInstrument(this.#open(name, 'updown', options, false), isInteger(options), () => this.#unreadable(name));
  }

  createGauge(name: string, options?: MetricOptions): Gauge {
    return new RecordingInstrument(this.#open(name, 'gauge', options, false), isInteger(options), () => this.#unreadable(name));
  }

  createHistogram(name: string, options?: MetricOptions): Histogram {
    return new RecordingInstrument(this.#open(name, 'histogram', options, false), isInteger(options), () =>
      this.#unreadable(name),
    );
  }

  createObservableCounter(name: string, options?: MetricOptions): ObservableCounter {
    return this.#observable(name, 'counter', options);
  }

  createObservableUpDownCounter(name: string, options?: MetricOptions): ObservableUpDownCounter {
    return this.#observable(name, 'updown', options);
  }

  createObservableGauge(name: string, options?: MetricOptions): ObservableGauge {
    return this.#observable(name, 'gauge', options);
  }

  addBatchObservableCallback(callback: Batch, observables: Observable[]): void {
    this.#rounds.addBatch(callback, observables);
  }

  removeBatchObservableCallback(callback: Batch, observables: Observable[]): void {
    this.#rounds.removeBatch(callback, observables);
  }

  #observable(name: string, kind: InstrumentKind, options: MetricOptions | undefined): ObservableInstrument {
    const opened = this.#open(name, kind, options, true);
    let observable = this.#observables.get(opened);
    if (observable === undefined) {
      observable = new ObservableInstrument(this.#rounds, opened, isInteger(options), {
        unreadable: () => this.#unreadable(name),
        failed: (error) => this.#registry.reportCallback(name, error),
      });
      this.#observables.set(opened, observable);
    }
    return observable;
  }

  #open(name: string, kind: InstrumentKind, options: MetricOptions | undefined, observed: boolean): Opened {
    const bounds = options?.advice?.explicitBucketBoundaries;
    return this.#registry.open({
      scope: this.#scope,
      name,
      kind,
      unit: typeof options?.unit === 'string' ? options.unit : '',
      description: typeof options?.description === 'string' ? options.description : '',
      integer: isInteger(options),
      observed,
      ...(Array.isArray(bounds) && { bounds }),
      valueOf: attributeOf,
    });
  }

  #unreadable(name: string): void {
    this.#registry.reject(name, 'tags');
  }
}

/** The API's `ValueType.INT`, without loading the API for it. */
const INT: ValueType.INT = 0;

function isInteger(options: MetricOptions | undefined): boolean {
  return options?.valueType === INT;
}
