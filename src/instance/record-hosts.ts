/**
 * What stands on the thread that made an instance and gets records back from the worker: the target of a bridge, and the memory backend, which would
 * be of no use where nobody can read it.
 */
import type { MessagePort } from 'node:worker_threads';
import { BridgeHost } from '../backends/bridge/bridge-host.ts';
import { MemoryBackend } from '../backends/memory/memory.ts';
import type { KeptRecords } from '../caller/api.ts';
import { asBridgeTarget } from '../caller/bridge-origin.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import type { LogRecordData } from '../contract/backend.ts';

/** Handed to a worker; a successor gets new ones. */
export interface RecordPorts {
  /** By the name of the backend. */
  readonly ports: Readonly<Record<string, MessagePort>>;
}

export class RecordHosts {
  readonly #kept: MemoryBackend;
  readonly #memory: BridgeHost | undefined;
  readonly #bridge: BridgeHost | undefined;

  /** Throws a TypeError when the bridge is enabled and `bridgeTarget` is neither a function nor a logger. */
  constructor({ backends: { memory, bridge } }: ResolvedConfig, bridgeTarget: unknown) {
    this.#kept = new MemoryBackend(memory.capacity);
    if (memory.enabled) this.#memory = new BridgeHost((record: LogRecordData) => this.#kept.keep(record));
    if (bridge.enabled) this.#bridge = new BridgeHost(bridgeTarget, { runTarget: asBridgeTarget });
  }

  /** The newest records of the memory backend, oldest first, those among them that have come and were not looked at yet. */
  get kept(): KeptRecords {
    this.#memory?.serveSync();
    return keptRecords(this.#kept.read(), () => {
      this.#memory?.serveSync();
      this.#kept.clear();
    });
  }

  openPorts(): RecordPorts {
    return {
      ports: {
        ...(this.#bridge !== undefined && { bridge: this.#bridge.openPort() }),
        ...(this.#memory !== undefined && { memory: this.#memory.openPort() }),
      },
    };
  }

  /** For an exit, when the event loop turns no more. */
  serveSync(): void {
    this.#bridge?.serveSync();
    this.#memory?.serveSync();
  }

  /** Nothing comes any more; what is kept can still be read. */
  close(): void {
    this.#bridge?.close();
    this.#memory?.close();
  }
}

/** `clear` is not to be seen where a test compares the records with a literal. */
export function keptRecords(records: readonly LogRecordData[], clear: () => void): KeptRecords {
  return Object.defineProperty(records, 'clear', { value: clear }) as KeptRecords;
}
