/**
 * The main thread's half of the bridge: takes batches from the worker (bridge.ts) and gives each record to the target.
 *
 * It works while the event loop runs. At an exit the loop has ended, and `serveSync` takes the batches that have arrived.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { errorText } from '../../common/error-text.ts';
import { type Outcome, SUCCESS } from '../../contract/backend.ts';
import { type BridgeFunction, bridgeFunction } from '../../contract/bridge-target.ts';
import type { BridgeAnswer, BridgeBatch } from './bridge.ts';

export interface BridgeHostOptions {
  /** Calls the target for a batch. It can mark records that the target logs through this package meanwhile, so that they do not return to it. */
  readonly runTarget?: <T>(call: () => T) => T;
}

export class BridgeHost {
  readonly #deliver: BridgeFunction;
  readonly #runTarget: <T>(call: () => T) => T;
  #port: MessagePort | undefined;

  /** Throws a TypeError when `target` is neither a function nor a logger. */
  constructor(target: unknown, options: BridgeHostOptions = {}) {
    this.#deliver = bridgeFunction(target);
    this.#runTarget = options.runTarget ?? ((call) => call());
  }

  /** A port for a worker, to be transferred to it. The one before, of a worker that is gone, is closed. */
  openPort(): MessagePort {
    this.#port?.close();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (batch: BridgeBatch) => void this.#serve(port1, batch));
    // Waiting records do not keep a process alive; they are handled at its exit.
    port1.unref();
    return port2;
  }

  /** Gives the target all batches that have arrived, without waiting: a returned promise counts as success. */
  serveSync(): void {
    const port = this.#port;
    if (port === undefined) return;
    for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) {
      const batch = message.message as BridgeBatch;
      const { refused } = this.#deliverAll(batch);
      this.#answer(port, batch, refused);
    }
  }

  close(): void {
    this.#port?.close();
    this.#port = undefined;
  }

  async #serve(port: MessagePort, batch: BridgeBatch): Promise<void> {
    const { refused, pending } = this.#deliverAll(batch);
    await Promise.all(pending);
    this.#answer(port, batch, refused);
  }

  #deliverAll({ records }: BridgeBatch): { refused: unknown[]; pending: Promise<void>[] } {
    const refused: unknown[] = [];
    const pending: Promise<void>[] = [];
    this.#runTarget(() => {
      for (const record of records) {
        try {
          const result = this.#deliver(record);
          if (isThenable(result))
            pending.push(
              Promise.resolve(result).then(
                () => {},
                (error: unknown) => void refused.push(error),
              ),
            );
        } catch (error) {
          refused.push(error);
        }
      }
    });
    return { refused, pending };
  }

  #answer(port: MessagePort, { id }: BridgeBatch, refused: readonly unknown[]): void {
    const outcome: Outcome =
      refused.length === 0
        ? SUCCESS
        : { status: 'partial', rejected: refused.length, message: `The bridge's target threw: ${errorText(refused[0])}` };
    port.postMessage({ id, outcome } satisfies BridgeAnswer);
  }
}

function isThenable(value: unknown): boolean {
  try {
    return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
  } catch {
    return false;
  }
}
