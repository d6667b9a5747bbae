/**
 * What logging calls cost, on a sample of them. The worker asks for it some times a second by raising the generation (ring/signals.ts); the next call
 * of each logger comes here because of that and is made between two readings of the clock. Calls that are not timed do nothing for it.
 */
import { OWN_HISTOGRAMS } from '../health/instruments.ts';
import type { Lane } from '../record.ts';
import { FACADE_SCOPE } from '../series/instrument.ts';
import { readClock } from './clock.ts';
import type { SeriesMeter } from './meter.ts';
import { tagText } from './meter-names.ts';
import type { BoundRecorder } from './meter-recorders.ts';

/** Pairs of readings of which the closest tells what a reading takes. */
const PAIRS = 32;

let readingNanos: number | undefined;

export class CallCost {
  readonly #meter: SeriesMeter;
  /** By lane, made by the first sample. */
  readonly #recorders: Partial<Record<Lane, BoundRecorder>> = {};

  constructor(meter: SeriesMeter) {
    this.#meter = meter;
  }

  /** Makes a call that never throws, and records how long it took. */
  measure(lane: Lane, call: () => void): void {
    this.#recorders[lane] ??= this.#open(lane);
    readingNanos ??= Math.min(...Array.from({ length: PAIRS }, () => nanosOf(() => {})));
    this.#recorders[lane].record(Math.max(0, nanosOf(call) - readingNanos));
  }

  #open(lane: Lane): BoundRecorder {
    const request = { ...OWN_HISTOGRAMS.callDuration, scope: FACADE_SCOPE, kind: 'histogram', valueOf: tagText } as const;
    return this.#meter.registry.open(request).recorder.bind({ lane });
  }
}

function nanosOf(call: () => void): number {
  const start = readClock();
  call();
  return Number(readClock() - start);
}
