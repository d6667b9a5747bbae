/**
 * Metrics of the facade on one thread: `HFTLogger.metric`, `counter` and `timer` record here. Nothing is queued; each call changes a number that other
 * threads can read (`../series/layout.ts`).
 *
 *   new SeriesMeter({ table, rules?, cardinalityLimit?, onProblem? })
 *   meter.counter(name, value?, tags?)            meter.metric(name, value, tags?)            meter.recordDurationUs(operation, us, tags?)
 *   meter.bindCounter(name, tags?): BoundCounter  meter.bindGauge(name, tags?): BoundGauge    meter.bindHistogram(name, tags?): BoundHistogram
 *
 * No method throws, whatever its arguments are: a measurement that cannot be recorded is counted by reason in the table and reported once to `onProblem`.
 */
import type { Tags } from '../record.ts';
import { FACADE_SCOPE, type InstrumentKind } from '../series/instrument.ts';
import { isDurationName, tagText } from './names.ts';
import type { BoundRecorder, Recorder } from './recorders.ts';
import { InstrumentRegistry, MAX_INSTRUMENTS, type RegistryOptions } from './registry.ts';

/** One counter series: a call costs a few nanoseconds. */
export interface BoundCounter {
  /** @param value not negative; default 1 */
  add(value?: number): void;
}

/** One gauge series. */
export interface BoundGauge {
  set(value: number): void;
}

/** One histogram series. */
export interface BoundHistogram {
  record(value: number): void;
}

export class SeriesMeter {
  /** Instruments by name, rules and problems; the OpenTelemetry front of the same thread shares it. */
  readonly registry: InstrumentRegistry;
  readonly #counters: NameCache;
  readonly #metrics: NameCache;
  readonly #histograms: NameCache;
  readonly #timers: NameCache;

  constructor(options: RegistryOptions) {
    const registry = new InstrumentRegistry(options);
    this.registry = registry;
    const open = (name: string, kind: InstrumentKind) =>
      registry.open({ scope: FACADE_SCOPE, name, kind, valueOf: tagText }).recorder;
    this.#counters = new NameCache((name) => open(name, 'counter'));
    this.#metrics = new NameCache((name) => open(name, isDurationName(name) ? 'histogram' : 'gauge'));
    this.#histograms = new NameCache((name) => open(name, 'histogram'));
    this.#timers = new NameCache((operation) =>
      open(typeof operation === 'string' ? `${operation}_duration_us` : operation, 'histogram'),
    );
  }

  /** Adds to a counter. @param value a finite number that is not negative */
  counter(name: string, value = 1, tags?: Tags): void {
    try {
      this.#counters.of(name).record(value, tags);
    } catch {
      this.registry.reject(name, 'tags');
    }
  }

  /** Sets a gauge, or adds to a distribution when a rule says `histogram` or the name ends in `_duration_` and a unit. */
  metric(name: string, value: number, tags?: Tags): void {
    try {
      this.#metrics.of(name).record(value, tags);
    } catch {
      this.registry.reject(name, 'tags');
    }
  }

  /** Adds to the histogram `${operation}_duration_us`. */
  recordDurationUs(operation: string, us: number, tags?: Tags): void {
    try {
      this.#timers.of(operation).record(us, tags);
    } catch {
      this.registry.reject(operation, 'tags');
    }
  }

  bindCounter(name: string, tags?: Tags): BoundCounter {
    const bound = this.#bind(this.#counters, name, tags);
    return { add: (value = 1) => bound.record(value) };
  }

  bindGauge(name: string, tags?: Tags): BoundGauge {
    const bound = this.#bind(this.#metrics, name, tags);
    return { set: (value) => bound.record(value) };
  }

  bindHistogram(name: string, tags?: Tags): BoundHistogram {
    return this.#bind(this.#histograms, name, tags);
  }

  #bind(cache: NameCache, name: string, tags: Tags | undefined): BoundRecorder {
    try {
      return cache.of(name).bind(tags);
    } catch {
      return { record: () => this.registry.reject(name, 'tags') };
    }
  }
}

/** Recorders by the name that the user wrote: the last one by identity, then a map. */
class NameCache {
  readonly #open: (name: string) => Recorder;
  readonly #byName = new Map<string, Recorder>();
  /** No caller's name is identical to this one. */
  #lastName: unknown = Symbol('none');
  #last: Recorder | undefined;

  constructor(open: (name: string) => Recorder) {
    this.#open = open;
  }

  of(name: string): Recorder {
    if (name === this.#lastName) return this.#last!;
    let recorder = this.#byName.get(name);
    if (recorder === undefined) {
      recorder = this.#open(name);
      if (typeof name !== 'string' || this.#byName.size >= MAX_INSTRUMENTS) return recorder;
      this.#byName.set(name, recorder);
    }
    this.#lastName = name;
    this.#last = recorder;
    return recorder;
  }
}
