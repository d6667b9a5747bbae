/**
 * A thread of the worker's file. It may begin before there is an instance for it to serve: Node takes some 40 ms to start a thread, and meanwhile this one makes
 * the instance's memory.
 */
import type { Worker } from 'node:worker_threads';
import type { WorkerSeat, WorkerStart } from './wire.ts';
import { startWorkerThread } from './worker-file.ts';

/** The worker makes little garbage, and V8's default lets 16 MB and more of it lie before it looks: 4 MB less resident at rest (measured). */
const YOUNG_GENERATION_MB = 4;

/** A thread that waits for its start. `isFound`: its file stands where the package has it, or a bundler has put it. */
export interface BegunThread {
  readonly worker: Worker;
  readonly isFound: boolean;
  readonly gate: Int32Array;
}

/** Why there is no thread: Node's permission model forbids threads, the system has none left, or there is no file. */
export interface NoThread {
  readonly worker: undefined;
  readonly error: unknown;
}

export function beginThread(): BegunThread | NoThread {
  const gate = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  try {
    const { worker, isFound } = startWorkerThread({
      name: 'hft-otel',
      workerData: { hftOtelGate: gate } satisfies WorkerSeat,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    return { worker, isFound, gate };
  } catch (error) {
    return { worker: undefined, error };
  }
}

/** The worker begins. */
export function giveStart({ worker, gate }: BegunThread, start: WorkerStart): void {
  worker.postMessage(start, Object.values(start.ports));
  // Behind the message: the worker takes it when the gate is open, and does not look again.
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
}

/** There is nothing for it to do. */
export function discardThread({ worker }: BegunThread | NoThread): void {
  void worker?.terminate();
}
