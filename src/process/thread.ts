/**
 * Logging on a thread that has configured nothing: records go into rings of this thread's own, and those are offered to the worker of the process's
 * default instance over a BroadcastChannel, now if it is there, or when it comes (configuration after the first record, on this or
 * another thread). What was logged before is in the rings and is not lost, up to their size.
 */
import { BroadcastChannel, getEnvironmentData, isMainThread } from 'node:worker_threads';
import { claimAuditNumbers, numberAlone } from '../audit/numbers.ts';
import type { FlushReport } from '../caller/api.ts';
import type { Producer } from '../caller/producer.ts';
import { DEFAULTS } from '../config/defaults.ts';
import { isDisabled } from '../config/sources/environment.ts';
import { watchThreads } from '../instance/ended-threads.ts';
import { runLastAtExit } from '../instance/ending/exit-order.ts';
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

/** What holds until a configuration is known: every level is taken, and the configuration's routes decide later what goes where. */
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
    audit: undefined,
    auditCounters: undefined,
    counters: undefined,
    logBackends: 0,
    instanceId: '',
  };
}

/** Of the instance that this thread was started under. Another one may have taken its place since, and have told the threads that listened then. */
function settingsFound(): ThreadSettings | undefined {
  const found = getEnvironmentData(THREAD_ENVIRONMENT_KEY) as ThreadSettings | undefined;
  const isReplaced = found !== undefined && Atomics.load(openBlock(found.signals).words, SIGNAL_REPLACED) === 1;
  return isReplaced ? undefined : found;
}

/** The instance that has taken over what was recorded before it was configured. */
interface SeriesHeir {
  takeSeries(producer: string, block: BlockDescriptor): void;
}

export class ThreadProducers {
  /** The one that new loggers get. */
  current: Producer;
  #memories: ProducerMemory[] = [];
  #settings: ThreadSettings;
  #joined = false;
  #heir: SeriesHeir | undefined;

  constructor() {
    if (!isMainThread) this.#listen();
    const settings = isMainThread ? undefined : settingsFound();
    this.#joined = settings !== undefined;
    this.#settings = settings ?? earlySettings();
    this.current = this.#make(this.#settings);
    if (this.#joined) this.#offer();
    else this.#say({ type: 'who' });
  }

  /** Rings and tables that a configuration on this thread takes over; see logging.ts. Rings of an instance it has joined stay that one's. */
  takeMemories(): readonly ProducerMemory[] {
    const memories = this.#memories.splice(0);
    return this.#joined ? memories.map(({ id, series }) => seriesOf(id, series)) : memories;
  }

  /** Who took them over hears of blocks that the tables grow by: bound handles go on recording into them. */
  tellSeries(heir: SeriesHeir): void {
    this.#heir = heir;
  }

  /** Brings what this thread has logged through the instance it has joined; without one, there is nowhere to bring it. */
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
        this.#heir?.takeSeries(producer, block);
        this.#say({ type: 'series', producer, block });
      },
      onWarning: (message) => this.#say({ type: 'warning', message }),
    });
    if (!this.#joined) numberAlone(openBlock(producer.memory.audit.ring));
    this.#memories.push(producer.memory);
    return producer;
  }

  #listen(): void {
    const channel = new BroadcastChannel(TO_THREADS_CHANNEL);
    channel.unref();
    channel.onmessage = (event) => this.#join((event as { data: ToThreads }).data.settings);
    watchThreads((threadId) => this.#say({ type: 'ended', threadId }));
    runLastAtExit(() => {
      this.current.close();
      for (const { series } of this.#memories) closeSeriesTable(openBlock(series[0]).memory);
      // It may not have heard of the instance yet: whoever is there by now gets what it has written.
      this.#offer();
    });
  }

  /**
   * The worker is known: whatever was logged so far goes to it, and from here on as the configuration says. What was logged for an instance that
   * another configuration has replaced stays that one's: its worker reads those rings, and a ring has one reader. Unless it was gone before it heard of them.
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
    for (const memory of this.#memories) this.#say({ type: 'producer', memory, to });
  }

  /** The main thread's early producers are taken over where they are. */
  #say(message: FromThread): void {
    if (!isMainThread) postFromThread(message);
  }
}
