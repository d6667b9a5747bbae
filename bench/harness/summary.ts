/**
 * What a run of the suite says before and after its table, and all of it as one document.
 */
import type { Effort } from './case.ts';
import type { Row } from './figure.ts';
import { type Load, type Machine, warningOf } from './machine.ts';

export interface CaseResult {
  readonly name: string;
  readonly seconds: number;
  readonly rows: readonly Row[];
  /** What its first process counted and compared. */
  readonly proof: readonly string[];
  /** Times a second that a process of it lost a core to somebody else. */
  readonly preemptionsPerSecond: number;
  readonly error?: string;
}

/** The document of `--json`. */
export interface Results {
  readonly machine: Machine;
  /** Version by package. */
  readonly rivals: Readonly<Record<string, string>>;
  readonly effort: Effort;
  readonly before: Load;
  readonly after: Load;
  readonly seconds: number;
  readonly cases: readonly CaseResult[];
}

/** Our own threads, and the system, take a core away now and then. */
const USUAL_PREEMPTIONS_PER_SECOND = 200;

export function intro(machine: Machine, rivals: Readonly<Record<string, string>>, load: Load): string {
  const { cpu, cores, memoryGiB, system, node, v8 } = machine;
  const versions = Object.entries(rivals).map(([name, version]) => `${name} ${version}`);
  return [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB; ${system}; Node ${node}, V8 ${v8}`,
    `Rivals: ${versions.join(', ')}`,
    loadLine(load),
  ].join('\n');
}

export function outro(results: readonly CaseResult[], load: Load, seconds: number): string {
  const judged = results.flatMap(({ rows }) => rows).filter(({ met }) => met !== undefined);
  const missed = judged.filter(({ met }) => met === false).length;
  const failed = results.filter(({ error }) => error !== undefined).map(({ name }) => name);
  const proofs = failed.length > 0 ? `FAILED: ${failed.join(', ')}` : 'every case proved that its work was done';
  return [
    loadLine(load),
    `${results.length} cases in ${seconds.toFixed(0)} s: ${judged.length - missed} targets met, ${missed} missed; ${proofs}.`,
  ].join('\n');
}

/** Empty when the case had its cores to itself. */
export function disturbance({ preemptionsPerSecond }: CaseResult): string {
  if (preemptionsPerSecond < USUAL_PREEMPTIONS_PER_SECOND) return '';
  return `   (lost a core ${Math.round(preemptionsPerSecond)} times a second)`;
}

function loadLine(load: Load): string {
  const warning = warningOf(load);
  return `${load.at}: load average ${load.average.toFixed(2)}${warning === undefined ? '' : `\nWARNING: ${warning}`}`;
}
