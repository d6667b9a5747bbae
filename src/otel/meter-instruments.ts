/**
 * Synchronous instruments of OpenTelemetry's API over our recorders.
 */
import type { Counter, Gauge, Histogram, MetricAttributes, UpDownCounter } from '@opentelemetry/api';
import type { Recorder } from '../meter/recorders.ts';
import type { Opened } from '../meter/registry.ts';

/** Counter and up-down counter. */
export class AddingInstrument implements Counter, UpDownCounter {
  readonly #recorder: Recorder;
  readonly #unreadable: () => void;

  /** @param unreadable called when reading the attributes threw */
  constructor(opened: Opened, isInteger: boolean, unreadable: () => void) {
    this.#recorder = isInteger ? new TruncatingRecorder(opened.recorder) : opened.recorder;
    this.#unreadable = unreadable;
  }

  add(value: number, attributes?: MetricAttributes): void {
    try {
      this.#recorder.record(value, attributes);
    } catch {
      this.#unreadable();
    }
  }
}

/** Gauge and histogram. */
export class RecordingInstrument implements Gauge, Histogram {
  readonly #recorder: Recorder;
  readonly #unreadable: () => void;

  constructor(opened: Opened, isInteger: boolean, unreadable: () => void) {
    this.#recorder = isInteger ? new TruncatingRecorder(opened.recorder) : opened.recorder;
    this.#unreadable = unreadable;
  }

  record(value: number, attributes?: MetricAttributes): void {
    try {
      this.#recorder.record(value, attributes);
    } catch {
      this.#unreadable();
    }
  }
}

/** For instruments declared `ValueType.INT`: the fraction of a value is ignored, as the SDK does. */
class TruncatingRecorder implements Recorder {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  record(value: number, tags?: object | null): void {
    this.#recorder.record(typeof value === 'number' ? Math.trunc(value) : value, tags);
  }

  bind(tags?: object | null): { record(value: number): void } {
    return new TruncatingRecorder(this.#recorder.bind(tags) as Recorder);
  }
}
