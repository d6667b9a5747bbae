/**
 * The application's own worker threads: they find this instance over a BroadcastChannel and hand it their rings; process/thread.ts is the other end.
 *
 * The worker listens, because the main thread may be busy; the main thread listens too, because the worker may not have booted yet or may have
 * died, and a thread's life can be shorter than that.
 */
import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { type BlockDescriptor, openBlock } from '../memory/block.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import { identityOf, SIGNAL_REPLACED } from '../memory/signals.ts';
import {
  ANYONE,
  FROM_THREADS_CHANNEL,
  type FromThread,
  sayToThreads,
  type ThreadSettings,
  type ToThreads,
} from './thread-wire.ts';

export interface ThreadEvents {
  /** May be told of one producer more than once. */
  readonly onProducer: (memory: ProducerMemory) => void;
  readonly onSeries: (producer: string, block: BlockDescriptor) => void;
  readonly onEnded?: (threadId: number) => void;
  /** Several threads may have the same to tell. */
  readonly onTrouble: (message: string) => void;
}

export class ThreadService {
  readonly #channel: BroadcastChannel;
  readonly #here: ToThreads;
  readonly #events: ThreadEvents;
  #isClosed = false;

  /** Tells threads that run already of this instance. */
  constructor(settings: ThreadSettings, events: ThreadEvents) {
    this.#here = { type: 'here', settings };
    this.#events = events;
    this.#channel = new BroadcastChannel(FROM_THREADS_CHANNEL);
    this.#channel.onmessage = (event) => this.#hear((event as { data: FromThread }).data);
    this.#channel.unref();
    sayToThreads(this.#here);
  }

  /** Hears now what has been said already: a flush is for what threads logged before it, also if they have ended since. */
  hearNow(): void {
    if (this.#isClosed) return;
    // Node takes both kinds here; its types know one.
    const port = this.#channel as unknown as MessagePort;
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
      this.#hear(next.message as FromThread);
  }

  close(): void {
    this.#isClosed = true;
    this.#channel.close();
  }

  #hear(message: FromThread): void {
    const signals = openBlock(this.#here.settings.signals).words;
    switch (message.type) {
      case 'who':
        if (Atomics.load(signals, SIGNAL_REPLACED) === 0) sayToThreads(this.#here);
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
      case 'trouble':
        this.#events.onTrouble(message.message);
    }
  }
}
