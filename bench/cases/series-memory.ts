/**
 * Memory of a metric series: shared memory that is in use for it, and the caller's heap, which finds the series by its tags.
 *
 * Histograms at full resolution: values over seven decades, 1 µs to 10 s, so close to each other that every bucket in between is in use.
 */
import { SeriesMeter } from '../../src/meter/meter.ts';
import { SeriesCollector } from '../../src/series/collect.ts';
import { UNIT_BYTES, WORD_PUBLISHED } from '../../src/series/layout.ts';
import { SeriesTable } from '../../src/series/table.ts';
import { prove, runCase } from '../harness/case.ts';

const BLOCK_BYTES = 65_536;
const COUNTERS = 1_900;
const HISTOGRAMS = 20;
const VALUES_PER_DECADE = 20_000;
const VALUES = 7 * VALUES_PER_DECADE;

const collectGarbage = globalThis.gc as () => void;

await runCase(async () => {
  const counters = measure(COUNTERS, (meter, symbol) => meter.counter('orders_placed_total', 1, { exchange: 'mexc', symbol }));
  const histograms = measure(HISTOGRAMS, (meter, symbol) => {
    for (let i = 0; i < VALUES; i++) {
      meter.metric('order_placement_duration_us', 10 ** (i / VALUES_PER_DECADE), { exchange: 'mexc', symbol });
    }
  });
  const lower = { better: 'lower' } as const;
  const { sharedBytes, heapBytes } = histograms;
  return {
    figures: [
      { ...lower, name: 'counter series, shared memory', unit: 'B', samples: [counters.sharedBytes], target: 200 },
      { ...lower, name: "  the caller's heap for it", unit: 'B', samples: [counters.heapBytes] },
      { ...lower, name: 'histogram series of 7 decades, shared memory', unit: 'KiB', samples: [sharedBytes / 1024], target: 20 },
      { ...lower, name: "  the caller's heap for it", unit: 'KiB', samples: [heapBytes / 1024] },
    ],
    proof: [
      prove(counters.recorded === COUNTERS, `${COUNTERS} counters collected, their sum is ${counters.recorded}`),
      prove(
        histograms.recorded === HISTOGRAMS * VALUES,
        `${HISTOGRAMS} histograms collected, ${histograms.recorded} recordings in them`,
      ),
    ],
  };
});

interface Memory {
  readonly sharedBytes: number;
  readonly heapBytes: number;
  /** What the collector found in them. */
  readonly recorded: number;
}

/** Bytes for each of `count` series, beyond those of an instrument that has one series already. */
function measure(count: number, record: (meter: SeriesMeter, symbol: string) => void): Memory {
  const blocks = [new SharedArrayBuffer(BLOCK_BYTES)];
  const grow = (bytes: number) => {
    const block = new SharedArrayBuffer(bytes);
    blocks.push(block);
    return block;
  };
  const meter = new SeriesMeter({ table: new SeriesTable(blocks[0], { grow, announce: () => {} }) });
  record(meter, 'first');
  const symbols = Array.from({ length: count }, (_, i) => `SYMBOL-${i}`);
  const sharedBefore = usedBytes(blocks);
  const heapBefore = heapBytes();
  for (const symbol of symbols) record(meter, symbol);
  const heap = heapBytes() - heapBefore;
  const shared = usedBytes(blocks) - sharedBefore;

  const collector = new SeriesCollector();
  for (const block of blocks) collector.addBlock('bench', block);
  const recorded = collector
    .collect()
    .instruments.flatMap(({ series }) => series)
    .filter(({ tags }) => tags.some(([, value]) => value !== 'first' && value !== 'mexc'))
    .reduce((sum, { value, distribution }) => sum + (distribution?.count ?? value), 0);
  return { sharedBytes: shared / count, heapBytes: heap / count, recorded };
}

function usedBytes(blocks: readonly SharedArrayBuffer[]): number {
  return blocks.reduce((sum, block) => sum + new Int32Array(block)[WORD_PUBLISHED] * UNIT_BYTES, 0);
}

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
