/**
 * What a case measures, and how samples become a row of the table.
 */

export type Unit = 'ns' | 'µs' | 'ms' | 'records/s' | 'calls/s' | 'B' | 'KiB' | 'MiB' | 'MiB/s' | 'MB/s' | '×' | '%' | '';

export interface Figure {
  readonly name: string;
  /** `×`: in terms of something else; below one it is shown as 1/n. */
  readonly unit: Unit;
  /** Which way is good: what the target bounds, and what "best" means. */
  readonly better: 'lower' | 'higher';
  /** One for each round; the row shows their median and the best of them. */
  readonly samples: readonly number[];
  /** The most (better: lower) or the least (better: higher) that is promised. Absent: a reference. */
  readonly target?: number;
  readonly note?: string;
}

export interface CaseReport {
  readonly figures: readonly Figure[];
  /** What was counted, decoded and compared to prove that the work was done. */
  readonly proof: readonly string[];
}

/** A figure over all rounds of all its processes. */
export interface Row extends Omit<Figure, 'samples'> {
  readonly median: number;
  readonly best: number;
  readonly rounds: number;
  /** Medians of the processes, when there were several. */
  readonly perProcess?: readonly number[];
  /** Undefined for references. */
  readonly met?: boolean;
}

export function median(samples: readonly number[]): number {
  if (samples.length === 0) return Number.NaN;
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Reports of one case from fresh processes → its rows. The median is that of the processes' medians: each start of V8 counts once. */
export function rowsOf(reports: readonly CaseReport[]): Row[] {
  return reports[0].figures.map(({ samples: _ofTheFirst, ...figure }, index) => {
    const perProcess = reports.map(({ figures }) => figures[index].samples);
    const all = perProcess.flat();
    const medians = perProcess.map(median);
    const value = median(medians);
    return {
      ...figure,
      median: value,
      best: figure.better === 'lower' ? Math.min(...all) : Math.max(...all),
      rounds: all.length,
      ...(reports.length > 1 && { perProcess: medians }),
      ...(figure.target !== undefined && { met: figure.better === 'lower' ? value <= figure.target : value >= figure.target }),
    };
  });
}

/** Round by round, `of` in terms of `base`: what alternating in one process is for. */
export function ratios(of: readonly number[], base: readonly number[]): number[] {
  return of.map((value, round) => value / base[round]);
}
