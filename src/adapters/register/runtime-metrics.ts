/**
 * Metrics of the runtime, under the names of OpenTelemetry's semantic conventions for Node and V8: delay, utilization and time of the event loop, pauses of the
 * garbage collector, the heap by its spaces, and of the process memory and CPU time.
 */
import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import type { Meter, Observable } from '@opentelemetry/api';
import { monotonicMillis } from '../../time/clock.ts';

const NANOS_PER_SECOND = 1e9;
const MICROS_PER_SECOND = 1e6;
const MILLIS_PER_SECOND = 1e3;

/** How often the event loop is looked at. Node's default. */
const DELAY_RESOLUTION_MILLIS = 10;

/** Delays are reported for windows of at least this length, so that two readers in a row do not halve each other's. */
const WINDOW_MILLIS = 1_000;

/** The bounds of OpenTelemetry's instrumentation; a scavenge takes a millisecond or less. */
const GC_BUCKETS = [0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const GC_TYPES: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/** Starts them. Neither the timer of the delays nor the observer keeps the process alive. */
export function startRuntimeMetrics(meter: Meter): void {
  startDelay(meter);
  startLoopTime(meter);
  startGarbageCollection(meter);
  startHeap(meter);
  startProcess(meter);
}

function startDelay(meter: Meter): void {
  const histogram = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MILLIS });
  histogram.enable();
  const figures = {
    min: () => histogram.min,
    max: () => histogram.max,
    mean: () => histogram.mean,
    stddev: () => histogram.stddev,
    p50: () => histogram.percentile(50),
    p90: () => histogram.percentile(90),
    p99: () => histogram.percentile(99),
  } as const;
  const names = Object.keys(figures) as (keyof typeof figures)[];
  const gauges = names.map((name) =>
    meter.createObservableGauge(`nodejs.eventloop.delay.${name}`, { unit: 's', description: `Event loop delay: ${name}.` }),
  );
  let startedMillis = monotonicMillis();
  let window: readonly number[] | undefined;
  meter.addBatchObservableCallback((result) => {
    const isOver = monotonicMillis() - startedMillis >= WINDOW_MILLIS;
    if ((isOver || window === undefined) && histogram.count > 0) {
      window = names.map((name) => figures[name]() / NANOS_PER_SECOND);
      if (isOver) {
        histogram.reset();
        startedMillis = monotonicMillis();
      }
    }
    window?.forEach((seconds, i) => {
      if (Number.isFinite(seconds)) result.observe(gauges[i], seconds);
    });
  }, gauges);
}

function startLoopTime(meter: Meter): void {
  const utilization = meter.createObservableGauge('nodejs.eventloop.utilization', {
    unit: '1',
    description: 'Share of the time in which the event loop was busy, since the last look at least a second ago.',
  });
  const time = meter.createObservableCounter('nodejs.eventloop.time', {
    unit: 's',
    description: 'Time that the event loop has spent in each state.',
  });
  const { eventLoopUtilization } = performance;
  let before = eventLoopUtilization();
  let beforeMillis = monotonicMillis();
  let share = 0;
  const observed: Observable[] = [utilization, time];
  meter.addBatchObservableCallback((result) => {
    const now = eventLoopUtilization();
    if (monotonicMillis() - beforeMillis >= WINDOW_MILLIS || share === 0) {
      share = eventLoopUtilization(now, before).utilization;
      before = now;
      beforeMillis = monotonicMillis();
    }
    result.observe(utilization, share);
    result.observe(time, now.active / MILLIS_PER_SECOND, { 'nodejs.eventloop.state': 'active' });
    result.observe(time, now.idle / MILLIS_PER_SECOND, { 'nodejs.eventloop.state': 'idle' });
  }, observed);
}

function startGarbageCollection(meter: Meter): void {
  const duration = meter.createHistogram('v8js.gc.duration', {
    unit: 's',
    description: 'Pauses of the garbage collector by kind.',
    advice: { explicitBucketBoundaries: GC_BUCKETS },
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // Node's types leave it out of the entries of an observer.
      const { kind } = (entry as unknown as { readonly detail: { readonly kind: number } }).detail;
      const type = GC_TYPES.get(kind);
      if (type !== undefined) duration.record(entry.duration / MILLIS_PER_SECOND, { 'v8js.gc.type': type });
    }
  });
  observer.observe({ entryTypes: ['gc'] });
}

function startHeap(meter: Meter): void {
  const size = meter.createObservableUpDownCounter('v8js.memory.heap.space.size', {
    unit: 'By',
    description: 'Memory set aside for a space of the heap.',
  });
  const used = meter.createObservableGauge('v8js.memory.heap.used', {
    unit: 'By',
    description: 'Memory in use in a space of the heap.',
  });
  const available = meter.createObservableGauge('v8js.memory.heap.space.available_size', {
    unit: 'By',
    description: 'Memory free in a space of the heap.',
  });
  const physical = meter.createObservableGauge('v8js.memory.heap.space.physical_size', {
    unit: 'By',
    description: 'Memory that a space of the heap has from the system.',
  });
  const limit = meter.createObservableGauge('v8js.memory.heap.limit', {
    unit: 'By',
    description: 'Most memory that the heap may have.',
  });
  meter.addBatchObservableCallback(
    (result) => {
      for (const space of getHeapSpaceStatistics()) {
        const attributes = { 'v8js.heap.space.name': space.space_name };
        result.observe(size, space.space_size, attributes);
        result.observe(used, space.space_used_size, attributes);
        result.observe(available, space.space_available_size, attributes);
        result.observe(physical, space.physical_space_size, attributes);
      }
      result.observe(limit, getHeapStatistics().heap_size_limit);
    },
    [size, used, available, physical, limit],
  );
}

function startProcess(meter: Meter): void {
  const cpu = meter.createObservableCounter('process.cpu.time', { unit: 's', description: 'CPU time of the process by mode.' });
  const memory = meter.createObservableUpDownCounter('process.memory.usage', { unit: 'By', description: 'Resident memory.' });
  const uptime = meter.createObservableGauge('process.uptime', { unit: 's', description: 'Time since the process has started.' });
  meter.addBatchObservableCallback(
    (result) => {
      const { user, system } = process.cpuUsage();
      result.observe(cpu, user / MICROS_PER_SECOND, { 'cpu.mode': 'user' });
      result.observe(cpu, system / MICROS_PER_SECOND, { 'cpu.mode': 'system' });
      result.observe(memory, process.memoryUsage.rss());
      result.observe(uptime, process.uptime());
    },
    [cpu, memory, uptime],
  );
}
