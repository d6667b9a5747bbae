/** A program that brings its worker into a state, logs so many records, and ends in a way of programs/ways.ts. */
import { type ChildResult, runProgram } from '../support/child.ts';

/** The default of five seconds is short for a new worker to start in on a machine that is busy with other things. */
const PATIENT_EXIT_MILLIS = 30_000;

export function runWay(folder: string, way: string, state: string, records: number): Promise<ChildResult> {
  const args = [folder, way, state, `${records}`, `${PATIENT_EXIT_MILLIS}`];
  return runProgram('exit-matrix.ts', args, { timeoutMillis: 60_000 });
}
