/**
 * Distributions that the worker records about the pipeline. It is a producer of metrics like any other thread, with a table of its own; if it dies, its
 * successor finds that table and counts it among those of threads that have ended.
 */

import { getOrMake } from '../../common/get-or-make.ts';
import { errorTypeOf, type OnAnswer } from '../../delivery/outcome.ts';
import { OWN_HISTOGRAMS, type OwnHistogram } from '../../health/instruments.ts';
import type { Allocator } from '../../memory/allocator.ts';
import type { BlockDescriptor } from '../../memory/block.ts';
import { GrowingBlocks } from '../../memory/growing-blocks.ts';
import { durationBounds } from '../../series/bounds.ts';
import type { HistogramSeries } from '../../series/histogram.ts';
import { FACADE_SCOPE, type TagPairs } from '../../series/instrument.ts';
import { SERIES_FORMAT } from '../../series/layout.ts';
import { type Instrument, SeriesTable } from '../../series/table.ts';
import { readClock } from '../../time/clock.ts';

/** First block: room for the distributions of half a dozen backends. */
const BLOCK_BYTES = 131_072;

export class OwnHistograms {
  /** Records how old the oldest record of a look at a ring was, in microseconds. */
  readonly drainDelay: (us: number) => void;
  readonly #blocks: GrowingBlocks;
  readonly #table: SeriesTable;
  readonly #deliveryDelay: Instrument | undefined;
  readonly #operationDuration: Instrument | undefined;
  #onBlocks: (blocks: readonly BlockDescriptor[]) => void = () => {};

  /** `id`: of its table. */
  constructor(allocator: Allocator, id: string) {
    this.#blocks = new GrowingBlocks({
      allocator,
      first: { kind: 'series', format: SERIES_FORMAT, bytes: BLOCK_BYTES, owner: id },
      onBlock: () => this.#onBlocks(this.#blocks.descriptors),
    });
    this.#table = new SeriesTable(this.#blocks.first, this.#blocks);
    const drained = this.#define(OWN_HISTOGRAMS.drainDelay);
    const series = drained && this.#table.defineHistogram(drained, []);
    this.drainDelay = (us) => series?.record(us);
    this.#deliveryDelay = this.#define(OWN_HISTOGRAMS.deliveryDelay);
    this.#operationDuration = this.#define(OWN_HISTOGRAMS.operationDuration);
  }

  /** Announces the memory, now and whenever there is more of it. */
  announce(onBlocks: (blocks: readonly BlockDescriptor[]) => void): void {
    this.#onBlocks = onBlocks;
    onBlocks(this.#blocks.descriptors);
  }

  /** A recorder of what a backend's destination has taken: by the monotonic clock's nanoseconds at the call of the oldest record, 0 if not known. */
  deliveryDelayOf(backend: string): (calledNanos: number) => void {
    const series = this.#seriesOf(this.#deliveryDelay, [['backend', backend]]);
    return (calledNanos) => {
      if (calledNanos > 0) series?.record((Number(readClock()) - calledNanos) / 1_000);
    };
  }

  /** A recorder of what a backend's destination answers, a series for each way in which it may fail. */
  operationDurationOf(exporter: Readonly<Record<string, string>>): OnAnswer {
    const byError = new Map<ReturnType<typeof errorTypeOf>, HistogramSeries | undefined>();
    const seriesFor = (error: ReturnType<typeof errorTypeOf>) =>
      getOrMake(byError, error, () => {
        const tags = error === undefined ? exporter : { 'error.type': error, ...exporter };
        return this.#seriesOf(this.#operationDuration, Object.entries(tags));
      });
    // Made before the first answer, so that readers see it rise from zero.
    seriesFor(undefined);
    return (elapsedMillis, outcome) => seriesFor(errorTypeOf(outcome))?.record(elapsedMillis / 1_000);
  }

  #seriesOf(instrument: Instrument | undefined, tags: TagPairs): HistogramSeries | undefined {
    return instrument && this.#table.defineHistogram(instrument, tags);
  }

  #define({ name, unit, description, bounds = durationBounds(unit)! }: OwnHistogram): Instrument | undefined {
    const definition = {
      scope: FACADE_SCOPE,
      name,
      kind: 'histogram',
      unit,
      description,
      integer: false,
      observed: false,
    } as const;
    return this.#table.defineInstrument({ ...definition, bounds });
  }
}
