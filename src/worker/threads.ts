/**
 * The application's own worker threads: they find this worker over a BroadcastChannel and hand it their rings; the main thread, which may be
 * busy, is not asked. See caller/thread.ts for the other end.
 */
import { BroadcastChannel } from 'node:worker_threads';
import { type FromThread, THREAD_CHANNEL, type ToThreads, threadSettingsOf } from '../instance/thread-wire.ts';
import type { WorkerStart } from '../instance/wire.ts';
import type { ProducerMemory } from '../ring/memory.ts';

export interface ThreadService {
  close(): void;
}

export interface ThreadEvents {
  readonly onProducer: (memory: ProducerMemory) => void;
  readonly onSeries: (producer: string, block: SharedArrayBuffer) => void;
}

export function serveThreads(start: WorkerStart, { onProducer, onSeries }: ThreadEvents): ThreadService {
  const channel = new BroadcastChannel(THREAD_CHANNEL);
  const here: ToThreads = { type: 'here', settings: threadSettingsOf(start.config, start.signals) };
  channel.onmessage = (event) => {
    const message = (event as { data: FromThread | ToThreads }).data;
    if (message.type === 'who') channel.postMessage(here);
    else if (message.type === 'producer') onProducer(message.memory);
    else if (message.type === 'series') onSeries(message.producer, message.block);
  };
  channel.unref();
  channel.postMessage(here);
  return { close: () => channel.close() };
}
