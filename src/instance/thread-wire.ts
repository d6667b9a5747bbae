/**
 * Messages between the application's own worker threads and the instance that they log into. They go over BroadcastChannels, which reach every thread of the
 * process.
 *
 * There is one channel for each direction. The first message that a thread receives on a BroadcastChannel makes Node load all of `fetch` for one event class
 * (24.21: 13 ms and 3 MiB), so a thread listens only to messages that are meant for it.
 */
import { BroadcastChannel } from 'node:worker_threads';
import type { WriteThroughSettings } from '../audit/write-through.ts';
import type { ProducerSettings } from '../caller/producer.ts';
import type { LevelSettings } from '../config/level-rules.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import type { AllocatorSettings } from '../memory/allocator.ts';
import type { BlockDescriptor } from '../memory/block.ts';
import type { ProducerMemory } from '../memory/producer-memory.ts';
import type { ExemplarFilter, MetricRule, SamplingRule } from '../settings/vocabulary.ts';
import type { InstanceMemory } from './memory.ts';

/** The names end in a version: copies of the package with other layouts in memory do not receive each other's messages. */
export const FROM_THREADS_CHANNEL = 'hft-otel.from-threads.1';
export const TO_THREADS_CHANNEL = 'hft-otel.to-threads.1';

/** Key of the environment data in which threads that are started after the configuration find their settings. */
export const THREAD_ENVIRONMENT_KEY = 'hft-otel.settings.1';

/** The settings that a thread needs to log into the configured instance. */
export interface ThreadSettings extends ProducerSettings, LevelSettings, WriteThroughSettings {
  readonly metrics: readonly MetricRule[];
  readonly cardinalityLimit: number;
  readonly exemplars: ExemplarFilter;
  readonly sampling: readonly SamplingRule[];
  /** Where its rings come from. */
  readonly allocator: AllocatorSettings;
  /** Counters of the backends: a flush reports what is left by them. Undefined: there is no instance yet. See health/counters.ts. */
  readonly counters: BlockDescriptor | undefined;
  /** Backends that take log records: the first ones in `counters`. */
  readonly logBackends: number;
}

/** In place of an identity: a thread that knows of no instance offers its rings to whichever one there is. */
export const ANYONE = 0;

export type FromThread =
  | { readonly type: 'who' }
  /** `to`: the instance whose worker is to read these rings, by `identityOf` of memory/signals.ts; a ring has one reader. */
  | { readonly type: 'producer'; readonly memory: ProducerMemory; readonly to: number }
  | { readonly type: 'series'; readonly producer: string; readonly block: BlockDescriptor }
  /** A thread that this one has started has ended. */
  | { readonly type: 'ended'; readonly threadId: number }
  /** For the user: the problem, and a remedy. */
  | { readonly type: 'warning'; readonly message: string };

export type ToThreads = { readonly type: 'here'; readonly settings: ThreadSettings };

export function postFromThread(message: FromThread): void {
  post(FROM_THREADS_CHANNEL, message);
}

export function postToThreads(message: ToThreads): void {
  post(TO_THREADS_CHANNEL, message);
}

/** A channel that stays open receives messages too, so it is opened for this one. */
function post(name: string, message: FromThread | ToThreads): void {
  const channel = new BroadcastChannel(name);
  channel.postMessage(message);
  channel.close();
}

export function threadSettingsOf(
  config: ResolvedConfig,
  { allocator, signals, run, runIdentity, counters, backendNames }: Omit<InstanceMemory, 'outboxes' | 'metricBackends'>,
): ThreadSettings {
  const index = backendNames.indexOf('audit');
  return {
    allocator,
    signals,
    run,
    ringBytes: config.ringBytes,
    shares: config.overflowShares,
    batchSize: config.batchSize,
    disabled: config.disabled,
    level: config.level,
    levels: config.levels,
    redact: config.redact,
    redactTexts: config.redactTexts,
    metrics: config.metrics,
    cardinalityLimit: config.cardinalityLimit,
    exemplars: config.exemplars,
    sampling: config.sampling,
    blackBox: config.blackBox,
    audit: config.backends.audit.enabled ? config.backends.audit : undefined,
    auditCounters: index < 0 ? undefined : { memory: counters, index },
    instanceId: config.instanceId,
    runId: runIdentity.run,
    counters,
    logBackends: backendNames.length,
  };
}
