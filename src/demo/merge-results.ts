/**
 * The results of several processes of a demo as one.
 */
import type { BackendHealth } from '../index.ts';
import type { Percentiles } from './call-cost.ts';
import { type Sample, total } from './exposition.ts';
import type { DemoProgress, DemoResult, Drop, OrderCount, TimerReport } from './result.ts';

/** From good to bad. */
const STATES: readonly BackendHealth['state'][] = ['ok', 'degraded', 'failed'];

/**
 * Counts are added. A percentile is that of the process in which it is greatest, because percentiles cannot be added.
 *
 * @param samples of the page that the processes share, after the last order
 */
export function mergeResults(results: readonly DemoResult[], samples: readonly Sample[]): DemoResult {
  const first = results[0]!;
  const sum = (of: (result: DemoResult) => number) => results.reduce((all, result) => all + of(result), 0);
  const lastError = results.map(({ worker }) => worker.lastError).find((error) => error !== undefined);
  return {
    ...first,
    interrupted: results.some(({ interrupted }) => interrupted),
    elapsedSeconds: Math.max(...results.map(({ elapsedSeconds }) => elapsedSeconds)),
    calls: {
      log: sum(({ calls }) => calls.log),
      load: sum(({ calls }) => calls.load),
      audit: sum(({ calls }) => calls.audit),
      timer: sum(({ calls }) => calls.timer),
    },
    callCost: {
      samples: sum(({ callCost }) => callCost.samples),
      every: Math.max(...results.map(({ callCost }) => callCost.every)),
      callNanos: greatest(results.map(({ callCost }) => callCost.callNanos)),
      emptyNanos: greatest(results.map(({ callCost }) => callCost.emptyNanos)),
    },
    backends: Object.fromEntries(
      Object.keys(first.backends).map((name) => [name, mergeBackends(results.map(({ backends }) => backends[name]!))]),
    ),
    drops: mergeDrops(results.flatMap(({ drops }) => drops)),
    orders: first.orders.map((order, index) => mergeOrders(order, index, results, samples)),
    timers: mergeTimers(results.flatMap(({ timers }) => timers)),
    files: results.flatMap(({ files }) => files),
    worker: {
      ...first.worker,
      restarts: sum(({ worker }) => worker.restarts),
      ...(lastError !== undefined && { lastError }),
    },
    warnings: [...new Set(results.flatMap(({ warnings }) => warnings))],
    shutdown: {
      ...first.shutdown,
      complete: results.every(({ shutdown }) => shutdown.complete),
      pending: sum(({ shutdown }) => shutdown.pending),
      elapsedMillis: Math.max(...results.map(({ shutdown }) => shutdown.elapsedMillis)),
    },
  };
}

export function mergeProgress(all: readonly DemoProgress[]): DemoProgress {
  const sum = (of: (progress: DemoProgress) => number) => all.reduce((total, progress) => total + of(progress), 0);
  return {
    elapsedSeconds: Math.max(...all.map(({ elapsedSeconds }) => elapsedSeconds)),
    records: sum(({ records }) => records),
    orders: sum(({ orders }) => orders),
    fills: sum(({ fills }) => fills),
    dropped: sum(({ dropped }) => dropped),
    ringFill: Math.max(...all.map(({ ringFill }) => ringFill)),
  };
}

function mergeBackends(all: readonly BackendHealth[]): BackendHealth {
  const sum = (of: (backend: BackendHealth) => number) => all.reduce((total, backend) => total + of(backend), 0);
  const worst = all.toSorted((a, b) => STATES.indexOf(b.state) - STATES.indexOf(a.state))[0]!;
  const dropped: Record<string, number> = {};
  for (const backend of all)
    for (const [reason, records] of Object.entries(backend.dropped)) dropped[reason] = (dropped[reason] ?? 0) + records;
  return {
    ...worst,
    dropped,
    taken: sum(({ taken }) => taken),
    delivered: sum(({ delivered }) => delivered),
    droppedTotal: sum(({ droppedTotal }) => droppedTotal),
    pending: sum(({ pending }) => pending),
    retries: sum(({ retries }) => retries),
    bytes: sum(({ bytes }) => bytes),
  };
}

function mergeDrops(all: readonly Drop[]): Drop[] {
  const groups = Map.groupBy(all, ({ where, level, reason }) => JSON.stringify([where, level, reason]));
  return Array.from(groups.values(), (same) => ({ ...same[0]!, records: same.reduce((sum, { records }) => sum + records, 0) }));
}

/** Names of the counters on the page, where there are any. */
const COUNTERS: Readonly<Partial<Record<OrderCount['event'], string>>> = {
  placed: 'orders_placed_total',
  filled: 'orders_filled_total',
  rejected: 'orders_rejected_total',
};

function mergeOrders(
  { event }: OrderCount,
  index: number,
  results: readonly DemoResult[],
  samples: readonly Sample[],
): OrderCount {
  const counter = COUNTERS[event];
  return {
    event,
    ...(counter !== undefined && { counter: total(samples, counter) }),
    audited: results.reduce((sum, { orders }) => sum + orders[index]!.audited, 0),
    atExchange: results.reduce((sum, { orders }) => sum + orders[index]!.atExchange, 0),
  };
}

function mergeTimers(all: readonly TimerReport[]): TimerReport[] {
  const groups = Map.groupBy(all, ({ name, tags }) => JSON.stringify([name, Object.entries(tags).sort()]));
  return Array.from(groups.values(), (same) => ({
    ...same[0]!,
    count: same.reduce((sum, { count }) => sum + count, 0),
    percentilesUs: greatest(same.map(({ percentilesUs }) => percentilesUs)),
    maxUs: Math.max(...same.map(({ maxUs }) => maxUs)),
  })).sort((a, b) => a.name.localeCompare(b.name));
}

function greatest<Values extends Readonly<Record<string, number>> | Percentiles>(all: readonly Values[]): Values {
  const keys = Object.keys(all[0]!) as (keyof Values)[];
  return Object.fromEntries(keys.map((key) => [key, Math.max(...all.map((values) => values[key] as number))])) as Values;
}
