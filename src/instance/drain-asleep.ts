/**
 * The end of a process: everything accepted is brought through every backend while this thread sleeps, as no event is heard any more.
 */

import { monotonicMillis } from '../time/clock.ts';
import type { Deadline } from '../time/deadline.ts';
import { askFlush, flushedSync } from './flushing.ts';
import type { RecordHosts } from './record-hosts.ts';
import type { WorkerHost } from './worker-host.ts';

/** A worker that shows no sign of life for so long at an exit will not come back: its loop turns every few milliseconds. */
const SILENCE_MILLIS = 2_000;

export interface AsleepDrain {
  readonly signals: Int32Array;
  readonly worker: WorkerHost;
  readonly hosts: RecordHosts;
  readonly deadline: Deadline;
  /** Nothing comes after it. */
  readonly isLast: boolean;
}

/** False when the time was over first, or the worker is dead. */
export function drainAsleep({ signals, worker, hosts, deadline, isLast }: AsleepDrain): boolean {
  if (worker.isHopeless) return false;
  if (worker.state === 'failed') worker.startNow();
  const asked = askFlush(signals, deadline, isLast);
  let heartbeat = -1;
  let silentSince = monotonicMillis();
  return flushedSync(signals, asked, deadline, () => {
    hosts.serveSync();
    const now = monotonicMillis();
    if (heartbeat !== worker.heartbeat || worker.state === 'booting') {
      heartbeat = worker.heartbeat;
      silentSince = now;
    }
    return now - silentSince < SILENCE_MILLIS;
  });
}
