/**
 * Logging on a thread that has configured nothing. Records go into rings of this thread's own. The thread offers them to the default instance's worker over a
 * BroadcastChannel: at once if there is one, or as soon as one is configured, on this thread or another. Records from before that are kept in the rings, up to
 * their size.
 */
import { BroadcastChannel, getEnvironmentData, isMainThread } from 'node:worker_threads';
import { claimAuditNumbers, numberAlone } from '../audit/numbers.ts';
import type { FlushReport } from '../caller/api.ts';
import type { Producer } from '../caller/producer.ts';
import { DEFAULTS } from '../config/defaults.ts';
import { isDisabled } from '../config/sources/environment.ts';
import { watchThreads } from '../instance/ended-threads.ts';
import { registerForExit } from '../instance/ending/exits.ts';
import { pendingIn } from '../instance/health.ts';
import { openProducer } from '../instance/open-producer.ts';
import {
  ANYONE,
  type FromThread,
  postFromThread,
  THREAD_ENVIRONMENT_KEY,
  type ThreadSettings,
  TO_THREADS_CHANNEL,
  type ToThreads,
} from '../instance/thread-wire.ts';
import { allocatorOf, SHARED_MEMORY } from '../memory/allocator.ts';
import { type BlockDescriptor, openBlock } from '../memory/block.ts';
import { FlushAsker } from '../memory/flush.ts';
import { areRead, type ProducerMemory, seriesOf } from '../memory/producer-memory.ts';
import { allocateRun } from '../memory/run.ts';
import { allocateSignals, identityOf, SIGNAL_REPLACED } from '../memory/signals.ts';
import { closeSeriesTable } from '../series/table.ts';
import { monotonicMillis } from '../time/clock.ts';
import { Deadline } from '../time/deadline.ts';

/** Settings until a configuration is known. Every level is taken: the configuration's routes decide later where records go. */
function earlySettings(): ThreadSettings {
  return {
    allocator: SHARED_MEMORY,
    signals: allocateSignals().descriptor,
    run: allocateRun(allocatorOf(SHARED_MEMORY), '').descriptor,
    ringBytes: DEFAULTS.ringBytes,
    shares: DEFAULTS.overflowShares,
    batchSize: DEFAULTS.batchSize,
    disabled: isDisabled(process.env),
    level: 'trace',
    levels: {},
    redact: DEFAULTS.redact,
    redactTexts: DEFAULTS.redactTexts,
    metrics: [],
    cardinalityLimit: DEFAULTS.cardinalityLimit,
    exemplars: DEFAULTS.exemplars,
    sampling: [],
    blackBox: { records: 0 },
    audit: undefined,
    auditCounters: undefined,
    counters: undefined,
    logBackends: 0,
    instanceId: '',
    runId: '',
  };
}

/** Settings of the instance that this thread was started under; undefined if another instance has taken its place since. */
function settingsFound(): ThreadSettings | undefined {
  const found = getEnvironmentData(THREAD_ENVIRONMENT_KEY) as ThreadSettings | undefined;
  const isReplaced = found !== undefined && Atomics.load(openBlock(found.signals).words, SIGNAL_REPLACED) === 1;
  return isReplaced ? undefined : found;
}

/** Takes blocks of the series tables: the instance that has adopted them. */
interface SeriesTaker {
  takeSeries(producer: string, block: BlockDescriptor): void;
}

export class ThreadProducers {
  /** The producer of new loggers. */
  current: Producer;
  #memories: ProducerMemory[] = [];
  #settings: ThreadSettings;
  #joined = false;
  #isOver = false;
  #seriesTaker: SeriesTaker | undefined;

  constructor() {
    if (!isMainThread) this.#listen();
    const settings = isMainThread ? undefined : settingsFound();
    this.#joined = settings !== undefined;
    this.#settings = settings ?? earlySettings();
    this.current = this.#make(this.#settings);
    if (this.#joined) this.#offer();
    else this.#announce({ type: 'who' });
  }

  /** Rings and tables, for a configuration on this thread to adopt. Rings of an instance that this thread has joined stay with that instance. */
  takeMemories(): readonly ProducerMemory[] {
    const memories = this.#memories.splice(0);
    return this.#joined ? memories.map(({ id, series }) => seriesOf(id, series)) : memories;
  }

  /** From here on `taker` gets the blocks that the tables grow by: handles bound before go on recording into them. */
  giveSeriesTo(taker: SeriesTaker): void {
    this.#seriesTaker = taker;
  }

  /** A flush of the instance that this thread has joined. Without an instance the report is incomplete: no backend takes the records yet. */
  async flush({ timeoutMillis = DEFAULTS.exitTimeoutMillis }: { timeoutMillis?: number } = {}): Promise<FlushReport> {
    const started = monotonicMillis();
    this.current.settle();
    const complete = this.#joined && (await new FlushAsker(this.current.signals).flush(Deadline.in(timeoutMillis)));
    return { complete, pending: complete ? 0 : this.#pending, elapsedMillis: monotonicMillis() - started };
  }

  /** Records in this thread's rings, and those that backends have taken from any thread and not delivered. */
  get #pending(): number {
    return pendingIn(this.#settings, this.#memories);
  }

  #make(settings: ThreadSettings): Producer {
    const producer = openProducer(settings, {
      onSeries: (producer, block) => {
        this.#seriesTaker?.takeSeries(producer, block);
        this.#announce({ type: 'series', producer, block });
      },
      onWarning: (message) => this.#announce({ type: 'warning', message }),
    });
    if (!this.#joined) numberAlone(openBlock(producer.memory.audit.ring));
    this.#memories.push(producer.memory);
    return producer;
  }

  #listen(): void {
    const channel = new BroadcastChannel(TO_THREADS_CHANNEL);
    channel.unref();
    channel.onmessage = (event) => this.#join((event as { data: ToThreads }).data.settings);
    watchThreads((threadId) => this.#announce({ type: 'ended', threadId }));
    const drainSync = (isLast: boolean) => {
      // Not offered before: rings of a thread that knows of no instance are numbered by the instance's worker, and nothing may be written to them then.
      if (isLast) this.#end();
    };
    registerForExit({ drainSync, reopen: () => {} });
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      this.current.close();
      for (const { series } of this.#memories) closeSeriesTable(openBlock(series[0]).memory);
      // This thread may not know of an instance that was configured meanwhile: that one gets the rings.
      this.#offer();
    } catch {
      // An error here must not change how the thread ends.
    }
  }

  /**
   * An instance has announced itself. Rings that no instance reads yet go to it, and new records are written by its settings. Rings that a replaced instance
   * reads stay with that instance, because a ring has one reader.
   */
  #join(settings: ThreadSettings): void {
    const { current } = this;
    if (!this.#joined || identityOf(openBlock(settings.signals).words) !== identityOf(current.signals)) {
      const { instanceId } = this.#settings;
      if (this.#joined)
        this.#memories = this.#memories.map((memory) =>
          areRead(memory) ? seriesOf(memory.id, memory.series) : { auditInstanceId: instanceId, ...memory },
        );
      else for (const { audit } of this.#memories) claimAuditNumbers(openBlock(audit.ring), openBlock(settings.run));
      this.#joined = true;
      this.#settings = settings;
      this.current = this.#make(settings);
      current.succeed(this.current);
    }
    this.#offer();
  }

  #offer(): void {
    const to = this.#joined ? identityOf(this.current.signals) : ANYONE;
    for (const memory of this.#memories) this.#announce({ type: 'producer', memory, to });
  }

  /** The main thread announces nothing: a configuration on it adopts its producers directly. */
  #announce(message: FromThread): void {
    if (!isMainThread) postFromThread(message);
  }
}
