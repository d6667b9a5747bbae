/**
 * The console backend where the host has replaced `process.stdout.write`. pm2's cluster mode does: its function writes to the application's log, and descriptor
 * 1 belongs to the daemon. Lines go over a bridge to the thread that made the instance, which writes them with the host's function. At an exit, when its event
 * loop has ended, that thread writes the lines that have arrived.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Outcome } from '../../contract/backend.ts';
import type { ByteBatch, Sink } from '../../contract/sink.ts';
import { BridgeBackend } from '../bridge/bridge.ts';
import { BridgeHost } from '../bridge/bridge-host.ts';

export class RedirectedSink implements Sink {
  readonly #bridge: BridgeBackend<Uint8Array>;

  constructor(port: MessagePort) {
    this.#bridge = new BridgeBackend(port);
  }

  async write({ bytes }: ByteBatch): Promise<Outcome> {
    // A copy: the slot in shared memory is used again.
    const outcome = await this.#bridge.write([bytes.slice()]);
    return outcome.status === 'partial'
      ? { status: 'failure', ...(outcome.message !== undefined && { message: outcome.message }) }
      : outcome;
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#bridge.close();
  }
}

/** The other half, on the thread that made the instance. */
export function hostOfRedirected(stream: 'stdout' | 'stderr'): BridgeHost {
  return new BridgeHost((bytes: Uint8Array) => void process[stream].write(Buffer.from(bytes)));
}

/** Whether the host has replaced the stream's `write`. Asked for in the workers of a cluster alone: to look at the stream opens it, which takes milliseconds. */
export function isRedirected(stream: 'stdout' | 'stderr', isClusterWorker: boolean): boolean {
  return isClusterWorker && Object.hasOwn(process[stream], 'write');
}
