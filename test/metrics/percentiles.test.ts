import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PercentilesBackend, type PercentilesBackendOptions } from '../../src/backends/percentiles/backend.ts';
import { Percentiles, type PercentilesOptions } from '../../src/backends/percentiles/percentiles.ts';
import { counted } from './support/counted.ts';
import { ManualTimers } from './support/manual-timers.ts';
import { rig, valuesOf } from './support/rig.ts';

function exact(values: readonly number[], percentile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percentile / 100) * values.length * (1 - 1e-12)) - 1)]!;
}

const SETTINGS = { percentiles: [50, 95, 99, 99.9], intervalMillis: 60_000, windowMillis: 60_000, format: 'table' } as const;

function printing(options: PercentilesOptions & Omit<PercentilesBackendOptions, 'percentiles' | 'account'>) {
  const percentiles = new Percentiles(options);
  const backend = counted(PercentilesBackend, { ...options, percentiles });
  return Object.assign(backend, { snapshot: () => percentiles.snapshot() });
}

describe('percentiles', () => {
  test('are within 1 % of the exact ones, in the window and since the start, while time passes', async () => {
    const chunk = fc.array(fc.oneof(fc.double({ min: 0.5, max: 1e6, noNaN: true }), fc.integer({ min: 1, max: 50 })), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { minLength: 1, maxLength: 25 }), async (steps) => {
        const { meter, collector } = rig();
        const timers = new ManualTimers();
        const percentiles = [50, 95, 99, 99.9];
        const backend = printing({
          ...SETTINGS,
          collector,
          percentiles,
          windowMillis: 6_000,
          intervalMillis: 60_000,
          timers,
        });
        await backend.start();
        for (const [step, values] of steps.entries()) {
          for (const value of values) meter.metric('x_duration_us', value);
          timers.advance(500);
          const [row] = backend.snapshot();
          const all = steps.slice(0, step + 1).flat();
          if (all.length === 0) continue;
          expect(row!.sinceStart).toMatchObject({ count: all.length, min: Math.min(...all), max: Math.max(...all) });
          // Two of the chunks fall into each of the window's six steps; a whole window and what has begun since is shown.
          const cuts = Math.floor((step + 1) / 2);
          const recent = steps.slice(cuts > 6 ? 2 * (cuts - 6) : 0, step + 1).flat();
          expect(row!.window?.count ?? 0).toBe(recent.length);
          percentiles.forEach((percentile, i) => {
            expect(Math.abs(row!.sinceStart.values[i]! / exact(all, percentile) - 1)).toBeLessThanOrEqual(0.0055);
            if (recent.length > 0)
              expect(Math.abs(row!.window!.values[i]! / exact(recent, percentile) - 1)).toBeLessThanOrEqual(0.0055);
          });
        }
        await backend.close();
      }),
      { numRuns: 60 },
    );
  });

  test('are written as a table at each interval and at the end, and as one line of JSON when asked', async () => {
    const { meter, collector } = rig();
    const timers = new ManualTimers();
    for (let i = 1; i <= 1000; i++) meter.metric('rest_duration_us', i, { exchange: 'mexc\u001b[2J' });
    meter.bindHistogram('size').record(3);
    const written: string[] = [];
    const backend = printing({
      ...SETTINGS,
      collector,
      intervalMillis: 1000,
      windowMillis: 2000,
      timers,
      write: (text) => void written.push(text),
    });
    await backend.start();
    timers.advance(1000);
    expect(written).toHaveLength(1);
    const lines = written[0]!.trimEnd().split('\n');
    expect(lines[0]).toBe('latencies, last 2 s (since start)');
    expect(lines[1]!.trim().split(/\s+/)).toEqual(['unit', 'count', 'min', 'mean', 'p50', 'p95', 'p99', 'p99.9', 'max']);
    expect(lines[2]).toMatch(
      /^rest_duration_us\{exchange=mexc \[2J\}\s+us\s+1000 \(1000\)\s+1 \(1\)\s+500\.5 \(500\.5\)\s+(49\d|50\d)/,
    );
    expect(lines[3]).toMatch(/^size\s+1 \(1\)/);
    await backend.close();
    expect(written).toHaveLength(2);

    const line: string[] = [];
    const json = printing({
      ...SETTINGS,
      collector,
      format: 'json',
      percentiles: [99.9, 50],
      timers,
      write: (text) => void line.push(text),
    });
    await json.close();
    expect(line[0]).toMatch(/^[^\n]*\n$/);
    const { percentiles } = JSON.parse(line[0]!);
    expect(Object.keys(percentiles[0].since_start)).toEqual(['count', 'min', 'mean', 'p50', 'p99.9', 'max']);
    expect(percentiles[0]).toMatchObject({
      name: 'rest_duration_us',
      unit: 'us',
      since_start: { count: 1000, min: 1, max: 1000 },
    });
  });

  test('a writer that fails is a state, not an error', async () => {
    const { meter, collector } = rig();
    meter.metric('x_duration_us', 1);
    const backend = printing({
      ...SETTINGS,
      collector,
      timers: new ManualTimers(),
      write: () => {
        throw new Error('disk full');
      },
    });
    await backend.close();
    expect(backend.state()).toEqual({ state: 'degraded', lastError: 'disk full', delivered: 0, failed: 1 });
  });

  test('are gauges of their own when asked', async () => {
    const { meter, collector } = rig();
    new Percentiles({ ...SETTINGS, collector, gauges: true, percentiles: [50, 99.9] });
    for (let i = 1; i <= 999; i++) meter.metric('x_duration_us', 100, { side: 'BUY' });
    meter.metric('x_duration_us', 9000, { side: 'SELL' });
    const p50 = valuesOf(collector, 'x_duration_us_p50');
    expect(Object.keys(p50)).toEqual(['side=BUY', 'side=SELL']);
    expect(p50['side=BUY']! / 100).toBeCloseTo(1, 2);
    expect(valuesOf(collector, 'x_duration_us_p99_9')['side=SELL']! / 9000).toBeCloseTo(1, 2);
  });
});
