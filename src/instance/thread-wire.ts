/**
 * What the application's own worker threads and the drain worker say to each other, over a BroadcastChannel, which reaches every thread of the
 * process and needs nobody's help.
 */
import type { AuditTarget } from '../backends/audit-format.ts';
import type { LevelSettings } from '../caller/level-board.ts';
import type { ProducerSettings } from '../caller/producer.ts';
import type { ResolvedConfig } from '../config/resolved.ts';
import type { MetricRule } from '../config/types.ts';
import type { ProducerMemory } from '../ring/memory.ts';

/** Version in the name: copies of the package with other layouts in memory do not hear each other. */
export const THREAD_CHANNEL = 'hft-otel.threads.1';

/** Key of the environment data that threads started after the configuration find their settings under. */
export const THREAD_ENVIRONMENT_KEY = 'hft-otel.settings.1';

/** What a thread needs to log as the configured instance says. */
export interface ThreadSettings extends ProducerSettings, LevelSettings {
  readonly signals: SharedArrayBuffer;
  readonly redact: readonly string[];
  readonly metrics: readonly MetricRule[];
  readonly cardinalityLimit: number;
  /** Where this thread writes audit events itself when its lane is full; undefined: there is no audit file. */
  readonly audit: AuditTarget | undefined;
  readonly instanceId: string;
}

export type FromThread =
  | { readonly type: 'who' }
  | { readonly type: 'producer'; readonly memory: ProducerMemory }
  | { readonly type: 'series'; readonly producer: string; readonly block: SharedArrayBuffer };

export type ToThreads = { readonly type: 'here'; readonly settings: ThreadSettings };

export function threadSettingsOf(config: ResolvedConfig, signals: SharedArrayBuffer): ThreadSettings {
  return {
    signals,
    ringBytes: config.ringBytes,
    shares: config.overflowShares,
    batchSize: config.batchSize,
    level: config.level,
    levels: config.levels,
    redact: config.redact,
    metrics: config.metrics,
    cardinalityLimit: config.cardinalityLimit,
    audit: config.backends.audit.enabled ? config.backends.audit : undefined,
    instanceId: config.instanceId,
  };
}
