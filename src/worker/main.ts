/**
 * The worker's entry: wiring, requests of the main thread, and nothing else. What stands in shared memory when it starts may be fresh or what a
 * predecessor has left; it makes no difference here.
 */

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { lostAuditTeller } from '../audit/lost.ts';
import { claimAuditNumbers } from '../audit/numbers.ts';
import { ThreadService } from '../instance/thread-service.ts';
import { threadSettingsOf } from '../instance/thread-wire.ts';
import type { FromWorker, ToWorker, WorkerStart } from '../instance/wire.ts';
import { allowedUntil, forgetAllowed } from '../memory/flush-time.ts';
import { claimRings, type ProducerMemory, withoutLane } from '../memory/producer-memory.ts';
import {
  CLOCK_OFFSET_INDEX,
  identityOf,
  SIGNAL_FLUSH_ASKED,
  SIGNAL_FLUSH_COMPLETE,
  SIGNAL_FLUSH_DONE,
  SIGNAL_LAST_FLUSH,
  SIGNAL_WORKER_STATE,
  WORKER_RUNNING,
} from '../memory/signals.ts';
import { LaneSource } from '../read/lane-source.ts';
import { compileRoutes } from '../router/rules.ts';
import { closeSeriesTable } from '../series/table.ts';
import { readClock, unixMillis } from '../time/clock.ts';
import { Deadline } from '../time/deadline.ts';
import { repeat } from '../time/real-timers.ts';
import { openBackends } from './backends.ts';
import { Drain } from './drain.ts';
import { mirrorMetricStates } from './metric-states.ts';
import { openMetrics } from './metrics.ts';
import { OwnHistograms } from './own-histograms.ts';
import { registerOwnMetrics } from './own-metrics.ts';
import { DICTIONARY_HEAD_BYTES, prefault } from './prefault.ts';
import { printer } from './printer.ts';
import { AnchoredClock } from './wall-clock.ts';

/** How often the collector looks at gauges, to know which of several threads set one last. */
const TICK_MILLIS = 1_000;

const start = workerData as WorkerStart;
const port = parentPort!;
const signals = new Int32Array(start.signals);
const sharedClock = new BigInt64Array(start.signals);
const clock = new AnchoredClock(readClock, unixMillis, (offsetNanos) => {
  Atomics.store(sharedClock, CLOCK_OFFSET_INDEX, offsetNanos);
});
const say = (message: FromWorker) => port.postMessage(message);

const own = new OwnHistograms();
const onTrouble = (message: string) => say({ type: 'trouble', message });
const routes = compileRoutes(start.config, lostAuditTeller(onTrouble));

const backends = await openBackends(start, clock, own, onTrouble);
/** Times that series tables of ended threads were folded into one. */
let folds = 0;
/** Every producer so far, by id. Those that have ended stay: what their rings refused still counts. */
const known = new Map<string, ProducerMemory>();
const metrics = await openMetrics({
  config: start.config,
  exported: start.exported,
  onExported: (exported) => say({ type: 'exported', exported }),
  onTrouble,
  write: printer(start.config.backends.console),
});
registerOwnMetrics(metrics.collector, start, (lane) => Array.from(known.values(), (memory) => memory[lane].ring));
const mirrorStates = mirrorMetricStates(metrics, start, onTrouble);
for (const [id, blocks] of Object.entries(start.foldedSeries)) {
  closeSeriesTable(blocks[0]); // a predecessor's own is open still
  for (const block of blocks) metrics.addBlock(id, block);
}
own.announce((blocks) => {
  const id = `worker-${start.restarts}`;
  for (const block of blocks) metrics.addBlock(id, block);
  say({ type: 'folded', id, blocks, replaces: [] });
});
repeat(() => {
  metrics.tick();
  const id = `folded-${start.restarts}-${folds}`;
  const folded = metrics.retain(id);
  if (folded === undefined) return;
  folds++;
  say({ type: 'folded', id, ...folded });
}, TICK_MILLIS);
const drain = new Drain({
  signals,
  clock,
  destinations: backends.destinations,
  batchSize: start.config.batchSize,
  flushIntervalMillis: start.config.flushIntervalMillis,
  onDelay: own.drainDelay,
  onFlushAsked: () => void flush(),
  onFinished: (source) => {
    for (const destination of backends.destinations) destination.forget(source);
    const { producer, lane } = source;
    const memory = known.get(producer);
    if (memory !== undefined) known.set(producer, withoutLane(memory, lane));
    say({ type: 'finished', producer, lane });
  },
});

function adopt(memory: ProducerMemory): void {
  if (known.has(memory.id) || !claimRings(memory, identityOf(signals))) return;
  known.set(memory.id, memory);
  claimAuditNumbers(memory.audit.ring, new Int32Array(start.auditCount));
  const { attributeCountLimit, resource } = start.config;
  const { auditInstanceId } = memory;
  const counter = auditInstanceId === undefined ? undefined : { ...resource, 'service.instance.id': auditInstanceId };
  for (const lane of ['audit', 'logs'] as const) {
    if (memory[lane].dictionary.byteLength > 0)
      drain.sources.add(new LaneSource(memory, lane, routes, clock, attributeCountLimit, lane === 'audit' ? counter : undefined));
  }
  for (const block of memory.series) metrics.addBlock(memory.id, block);
  for (const { ring, dictionary } of [memory.logs, memory.audit]) {
    prefault(ring);
    prefault(dictionary, DICTIONARY_HEAD_BYTES);
  }
}

let flushing = false;

/** One flush at a time; whatever was asked while it ran is answered by its next round. */
async function flush(): Promise<void> {
  if (flushing) return;
  flushing = true;
  for (let asked = newest(); asked !== Atomics.load(signals, SIGNAL_FLUSH_DONE); asked = newest()) {
    const deadline = allowedUntil(signals) ?? Deadline.in(start.config.exitTimeoutMillis);
    let drained: boolean;
    let complete: boolean;
    hearNow();
    do {
      drained = drain.drainAll();
      const { left } = deadline;
      const isLast = Atomics.load(signals, SIGNAL_LAST_FLUSH) === 1;
      const [records, numbers] = await Promise.all([backends.flush(left), metrics.flush(left, isLast)]);
      mirrorStates();
      complete = records && numbers;
    } while (!drained && complete && !deadline.isOver);
    complete &&= drained;
    if (complete) Atomics.store(signals, SIGNAL_FLUSH_COMPLETE, asked);
    if (newest() === asked) forgetAllowed(signals);
    Atomics.store(signals, SIGNAL_FLUSH_DONE, asked);
    Atomics.notify(signals, SIGNAL_FLUSH_DONE);
  }
  flushing = false;
}

function newest(): number {
  return Atomics.load(signals, SIGNAL_FLUSH_ASKED);
}

/** Rings that were announced before a flush was asked for belong to it. */
function hearNow(): void {
  threads?.hearNow();
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
    hear(next.message as ToWorker);
}

port.on('message', hear);

function hear(message: ToWorker): void {
  switch (message.type) {
    case 'producer':
      adopt(message.memory);
      break;
    case 'series':
      metrics.addBlock(message.producer, message.block);
      break;
    case 'reopen':
      for (const destination of backends.destinations) destination.reopen?.();
      break;
    case 'snapshot':
      say({ type: 'snapshot', id: message.id, snapshot: metrics.snapshot() });
      break;
    case 'close':
      void close(message.timeoutMillis);
  }
}

async function close(timeoutMillis: number): Promise<void> {
  drain.drainAll();
  drain.stop();
  const [records, numbers] = await Promise.all([backends.close(timeoutMillis), metrics.close(timeoutMillis)]);
  mirrorStates();
  const complete = records && numbers;
  threads?.close();
  say({ type: 'closed', complete });
  port.close();
}

for (const memory of start.producers) adopt(memory);
const threads = start.serveThreads
  ? new ThreadService(threadSettingsOf(start.config, start), {
      onProducer: (memory) => {
        adopt(memory);
        say({ type: 'producer', memory });
      },
      onSeries: (producer, block) => {
        metrics.addBlock(producer, block);
        say({ type: 'series', producer, block });
      },
      onTrouble,
    })
  : undefined;
Atomics.store(signals, SIGNAL_WORKER_STATE, WORKER_RUNNING);
void drain.run();
say({ type: 'ready' });
