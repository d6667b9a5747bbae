// What a stage costs whether or not records come, and what each record adds: a line through the measured points, by least squares.

export interface CostPoint {
  readonly records: number;
  /** CPU time of the whole stage, in seconds. */
  readonly cpuSeconds: number;
}

export interface FittedCost {
  /** CPU time that does not depend on the number of records: a start, timers, heartbeats. In seconds. */
  readonly fixedSeconds: number;
  readonly microsPerRecord: number;
}

/** @throws RangeError for points of fewer than two numbers of records, which no line is determined by. */
export function fitCost(points: readonly CostPoint[]): FittedCost {
  const mean = (of: (point: CostPoint) => number) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [records, seconds] = [mean((point) => point.records), mean(({ cpuSeconds }) => cpuSeconds)];
  const spread = mean((point) => (point.records - records) ** 2);
  if (!(spread > 0)) throw new RangeError('A line needs points of at least two different numbers of records.');
  const each = mean((point) => (point.records - records) * (point.cpuSeconds - seconds)) / spread;
  return { fixedSeconds: seconds - each * records, microsPerRecord: each * 1e6 };
}
