/**
 * Identity of a process: its number alone may be reused by another one.
 */
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks between the start of the machine and that of the process; 0 where the system does not say. */
  readonly startTicks: number;
  /** Of this run of the machine; empty where the system does not say. */
  readonly bootId: string;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, startTicks: startTicksOf(process.pid) ?? 0, bootId: bootId() };
}

/** Whether that very process runs now. Where the system has no start times, one of the same number counts as the same. */
export function isRunning({ pid, startTicks, bootId: boot }: ProcessIdentity): boolean {
  if (boot !== '' && boot !== bootId()) return false;
  if (startTicks !== 0) return startTicksOf(pid) === startTicks;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Undefined: there is no such process, or the system does not say. */
function startTicksOf(pid: number): number | undefined {
  // The name of the program, in parentheses, may hold spaces and parentheses. The start time is the 20th value behind it.
  const stat = read(`/proc/${pid}/stat`);
  const values = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended: its parent has not asked for its exit code yet.
  return values === undefined || values[0] === 'Z' || values[0] === 'X' ? undefined : Number(values[19]);
}

function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
