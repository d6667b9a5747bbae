/**
 * How a file in bench/cases runs: in a process of its own, started by run.ts with its settings as JSON, its report sent back over IPC. Started by hand,
 * it prints the report.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { LoggedRecord } from '../workloads.ts';
import type { CaseReport } from './figure.ts';

/** `smoke`: just enough to prove that it runs. `normal`: the whole suite in three minutes. `long`: the durations that the targets name. */
export type Effort = 'smoke' | 'normal' | 'long';

export interface CaseSettings {
  readonly effort: Effort;
  /** Which of several cases that share a file. */
  readonly parameter: string;
  /** Where files are written; by default the system's directory for temporary ones. */
  readonly directory: string;
  /** One of three values by effort. */
  byEffort<T>(smoke: T, normal: T, long?: T): T;
}

/** What run.ts hands to a case, as JSON. */
export type WireSettings = Partial<Pick<CaseSettings, 'effort' | 'parameter' | 'directory'>>;

export type FromCase = { readonly report: CaseReport; readonly preemptionsPerSecond: number } | { readonly error: string };

/** Runs `measure` with a directory of its own that is gone afterwards, reports, and ends the process. */
export async function runCase(measure: (settings: CaseSettings) => Promise<CaseReport>): Promise<void> {
  const { effort = 'normal', parameter = '', directory = tmpdir() } = JSON.parse(process.argv[2] ?? '{}') as WireSettings;
  mkdirSync(directory, { recursive: true });
  const own = mkdtempSync(join(directory, 'hft-otel-bench-'));
  let answer: FromCase;
  try {
    const started = performance.now();
    const before = process.resourceUsage().involuntaryContextSwitches;
    const report = await measure({
      effort,
      parameter,
      directory: own,
      byEffort: (smoke, normal, long = normal) => ({ smoke, normal, long })[effort],
    });
    const switches = process.resourceUsage().involuntaryContextSwitches - before;
    answer = { report, preemptionsPerSecond: (switches / (performance.now() - started)) * 1000 };
  } catch (error) {
    answer = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
  if (process.send === undefined) {
    console.log(JSON.stringify(answer, null, 2));
    process.exit('error' in answer ? 1 : 0);
  }
  process.send(answer, () => process.exit(0));
}

/** A proof that fails ends the case: a figure of work that was not done is worse than none. */
export function prove(holds: boolean, claim: string): string {
  if (!holds) throw new Error(`Not proved: ${claim}`);
  return claim;
}

/** A record at the far end is the one that its call made: the same message, and the fields that the call gave it among its own. */
export function proveRecord(number: number, found: LoggedRecord, expected: LoggedRecord): void {
  const same = Object.entries(expected.fields).every(([key, value]) => isSame(found.fields[key], value));
  if (found.message === expected.message && same) return;
  throw new Error(`Not proved: record ${number} was to be ${inspect(expected)} and is ${inspect(found)}`);
}

/** Whole numbers come back from OTLP as bigint. */
function isSame(found: unknown, value: unknown): boolean {
  if (found === value || (typeof found === 'bigint' && Number(found) === value)) return true;
  if (typeof found !== 'object' || typeof value !== 'object' || found === null || value === null) return false;
  const members = Object.entries(value);
  return (
    Object.keys(found).length === members.length &&
    members.every(([key, member]) => isSame((found as Record<string, unknown>)[key], member))
  );
}
