/** The worker's half of a bridge in a thread of its own: offers so many records, tells what became of them. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { BRIDGE_BATCH_RECORDS, BridgeBackend } from '../../src/backends/bridge/bridge.ts';
import { ObjectQueue } from '../../src/delivery/object-queue.ts';
import { TellingCounters } from '../support/counters.ts';
import { makeRecords } from '../support/records.ts';

const { port, records, done, maxRecords } = workerData as {
  port: MessagePort;
  records: number;
  done: Int32Array;
  maxRecords: number;
};
const account = { delivered: 0, dropped: 0 };
const queue = new ObjectQueue({
  backend: new BridgeBackend(port),
  batchRecords: BRIDGE_BATCH_RECORDS,
  maxRecords,
  counters: new TellingCounters({
    onDelivered: (count) => {
      account.delivered += count;
    },
    onDropped: (_reason, count) => {
      account.dropped += count;
    },
    onRetry: () => {},
    onState: () => {},
  }),
});
for (const record of makeRecords(records)) queue.offer(record);
const complete = await queue.flush(5_000);
Atomics.store(done, 0, 1);
Atomics.notify(done, 0);
parentPort!.postMessage({ ...account, complete });
