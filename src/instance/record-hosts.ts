/**
 * Destinations on the thread that made an instance. The worker sends records back to them: the target of a bridge, and the memory backend, so that a test can
 * read it, and the console where the host has replaced `process.stdout.write`.
 */
import type { MessagePort } from 'node:worker_threads';
import { BridgeHost } from '../backends/bridge/bridge-host.ts';
import { hostOfRedirected } from '../backends/console/redirected.ts';
import { MemoryBackend } from '../backends/memory/memory.ts';
import type { KeptRecords } from '../caller/api.ts';
import { asBridgeTarget } from '../caller/bridge-origin.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import type { LogRecordData } from '../contract/backend.ts';

/** For one worker; its successor gets new ones. */
export interface RecordPorts {
  /** By the name of the backend. */
  readonly ports: Readonly<Record<string, MessagePort>>;
}

export class RecordHosts {
  readonly #kept: MemoryBackend;
  readonly #memory: BridgeHost | undefined;
  readonly #bridge: BridgeHost | undefined;
  readonly #console: BridgeHost | undefined;

  /** Throws a TypeError when the bridge is enabled and `bridgeTarget` is neither a function nor a logger. */
  constructor({ backends: { memory, bridge, console } }: ResolvedConfig, bridgeTarget: unknown) {
    this.#kept = new MemoryBackend(memory.capacity);
    if (memory.enabled) this.#memory = new BridgeHost((record: LogRecordData) => this.#kept.keep(record));
    if (bridge.enabled) this.#bridge = new BridgeHost(bridgeTarget, { runTarget: asBridgeTarget });
    if (console.enabled && console.isRedirected) this.#console = hostOfRedirected(console.stream);
  }

  /** The newest records of the memory backend, oldest first. Records that have arrived and were not handled yet are handled first. */
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
        ...(this.#console !== undefined && { console: this.#console.openPort() }),
      },
    };
  }

  /** For an exit: the event loop does not run any more. */
  serveSync(): void {
    this.#bridge?.serveSync();
    this.#memory?.serveSync();
    this.#console?.serveSync();
  }

  /** No further records are taken; those kept can still be read. */
  close(): void {
    this.#bridge?.close();
    this.#memory?.close();
    this.#console?.close();
  }
}

/** `clear` is not enumerable, so that a test can compare the records with a literal. */
export function keptRecords(records: readonly LogRecordData[], clear: () => void): KeptRecords {
  return Object.defineProperty(records, 'clear', { value: clear }) as KeptRecords;
}
