/** What a service of a chaos run is told. */
export interface ServiceOptions {
  /** Number of this process. */
  readonly life: number;
  /** Counts are here: two for each of {@link THREADS}, calls of `info` and calls of `audit`. */
  readonly countsPath: string;
  /** Memory that outlives the process. */
  readonly runs: string;
  /** Files and spool. */
  readonly disk: string;
  readonly url: string;
  readonly perSecond: number;
  readonly auditEvery: number;
}

export const THREADS = 2;
