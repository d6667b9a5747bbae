/**
 * Identity of a process: its number alone may be reused by another one. A zombie has ended: its parent has not asked for its exit code yet, and in some
 * containers never does.
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
  return { pid: process.pid, startTicks: statusOf(process.pid)?.startTicks ?? 0, bootId: bootId() };
}

/** Whether that very process runs now. Where the system has no start times, one of the same number counts as the same. */
export function isRunning({ pid, startTicks, bootId: boot }: ProcessIdentity): boolean {
  if (boot !== '' && boot !== bootId()) return false;
  const status = statusOf(pid);
  if (status === undefined || startTicks === 0) return isNumberRunning(pid);
  return !status.hasEnded && status.startTicks === startTicks;
}

/** Whether a process of this number runs. */
export function isNumberRunning(pid: number): boolean {
  // Zero and negative numbers mean groups of processes.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return statusOf(pid)?.hasEnded !== true;
}

interface Status {
  readonly hasEnded: boolean;
  readonly startTicks: number;
}

/** Undefined: there is no such process, or the system does not say. */
function statusOf(pid: number): Status | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name of the program, in parentheses, may hold spaces and parentheses. The start time is the 20th value behind it.
  const values = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { hasEnded: values[0] === 'Z' || values[0] === 'X', startTicks: Number(values[19]) };
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
