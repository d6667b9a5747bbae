/**
 * The worker's half of the bridge: hands batches through a port to the main thread, where the target lives (bridge-host.ts), and gets their outcomes
 * back. A main thread that is busy answers late. Meanwhile records wait in the queue in front of this backend.
 */
import type { MessagePort } from 'node:worker_threads';
import type { LogRecordData, Outcome } from '../../contract/backend.ts';

/** Records handed over at a time: the main thread gives them to its target in one go, so this bounds how long it is held (pino: 4 µs a record). */
export const BRIDGE_BATCH_RECORDS = 64;

/** Worker → main thread. */
export interface BridgeBatch<Item = LogRecordData> {
  readonly id: number;
  readonly records: readonly Item[];
}

/** Main thread → worker. */
export interface BridgeAnswer {
  readonly id: number;
  readonly outcome: Outcome;
}

/** A backend of records; the console's lines take the same way (backends/console/redirected.ts). */
export class BridgeBackend<Item = LogRecordData> {
  readonly #port: MessagePort;
  #id = 0;
  #answered: ((outcome: Outcome) => void) | undefined;

  /** `port`: as {@link ./bridge-host.ts BridgeHost.openPort} made it. */
  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', ({ id, outcome }: BridgeAnswer) => {
      if (id === this.#id) this.#answered?.(outcome);
    });
    // The worker lives as long as its drain does.
    port.unref();
  }

  write(records: readonly Item[]): Promise<Outcome> {
    const batch: BridgeBatch<Item> = { id: ++this.#id, records };
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#port.postMessage(batch);
    });
  }

  close(): void {
    this.#port.close();
  }
}
