/**
 * The application's own worker threads: they find this instance over a BroadcastChannel and hand it their rings; process/thread.ts is the other end.
 *
 * The worker listens, because the main thread may be busy. The main thread listens too: the worker may be booting, or may have died, and a thread can be gone
 * before there is a worker again.
 */
import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { type BlockDescriptor, openBlock } from '../memory/block.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { identityOf, SIGNAL_REPLACED } from '../memory/signals.ts';
import {
  ANYONE,
  FROM_THREADS_CHANNEL,
  type FromThread,
  postToThreads,
  type ThreadSettings,
  type ToThreads,
} from './thread-wire.ts';

export interface ThreadEvents {
  /** Called with one producer more than once, if it announces itself again. */
  readonly onProducer: (memory: ProducerMemory) => void;
  readonly onSeries: (producer: string, block: BlockDescriptor) => void;
  readonly onEnded?: (threadId: number) => void;
  /** Several threads may send the same. */
  readonly onWarning: (message: string) => void;
}

export class ThreadService {
  readonly #channel: BroadcastChannel;
  readonly #here: ToThreads;
  readonly #events: ThreadEvents;
  #isClosed = false;

  /** Announces this instance to threads that run already. */
  constructor(settings: ThreadSettings, events: ThreadEvents) {
    this.#here = { type: 'here', settings };
    this.#events = events;
    this.#channel = new BroadcastChannel(FROM_THREADS_CHANNEL);
    this.#channel.onmessage = (event) => this.#receive((event as { data: FromThread }).data);
    this.#channel.unref();
    postToThreads(this.#here);
  }

  /** Receives now what has been sent already: a flush covers what threads logged before it, also those that have ended since. */
  receiveNow(): void {
    if (this.#isClosed) return;
    // Node's function takes ports and channels; its types name ports alone.
    const port = this.#channel as unknown as MessagePort;
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
      this.#receive(next.message as FromThread);
  }

  close(): void {
    this.#isClosed = true;
    this.#channel.close();
  }

  #receive(message: FromThread): void {
    const signals = openBlock(this.#here.settings.signals).words;
    switch (message.type) {
      case 'who':
        if (Atomics.load(signals, SIGNAL_REPLACED) === 0) postToThreads(this.#here);
        break;
      case 'producer':
        if (message.to === ANYONE || message.to === identityOf(signals)) this.#events.onProducer(message.memory);
        break;
      case 'series':
        this.#events.onSeries(message.producer, message.block);
        break;
      case 'ended':
        this.#events.onEnded?.(message.threadId);
        break;
      case 'warning':
        this.#events.onWarning(message.message);
    }
  }
}
