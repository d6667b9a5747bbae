/**
 * The backends that a configuration runs.
 */
import { METRICS_BACKENDS, RECORD_BACKENDS } from '../backends/built-in.ts';
import type { MetricsBackendDescriptor, RecordBackend, RecordSettings } from '../backends/descriptor.ts';
import { moduleBackend } from '../backends/module/descriptor.ts';
import { LANE_FACTS, type Lane, rankOfLevel } from '../record.ts';
import type { SettingsSection } from '../settings/section.ts';
import type { ResolvedConfig } from './resolved.ts';

/** A backend of records that runs. */
export interface RunningBackend {
  readonly name: string;
  readonly backend: RecordBackend;
  /** Its own resolved settings. */
  readonly settings: RecordSettings;
  /** Rank of the least level that it takes. */
  readonly threshold: number;
}

/** A backend of metrics that runs. */
export interface RunningMetricsBackend {
  readonly name: string;
  readonly backend: MetricsBackendDescriptor;
  readonly settings: never;
}

/** In the order of their bits in routing masks: ours in the order of the list, then the user's own in the order of the configuration. */
export function runningBackends({ backends }: Pick<ResolvedConfig, 'backends'>): readonly RunningBackend[] {
  const builtIn = RECORD_BACKENDS.map((backend) => ({ backend, settings: settingsOf(backends, backend.section) }));
  const own = backends.modules.map((settings) => ({ backend: moduleBackend(settings.name) as RecordBackend, settings }));
  return [...builtIn, ...own]
    .filter(({ backend, settings }) => backend.runs?.(settings) ?? settings.enabled)
    .map(({ backend, settings }) => ({ name: backend.name, backend, settings, threshold: rankOfLevel(settings.level) }));
}

export function runningMetricsBackends({ backends }: Pick<ResolvedConfig, 'backends'>): readonly RunningMetricsBackend[] {
  return METRICS_BACKENDS.map((backend) => ({
    name: backend.name,
    backend,
    settings: settingsOf(backends, backend.section) as never,
  })).filter(({ backend, settings }) => backend.runs(settings));
}

/** The stream on which the console writes text. Undefined: there is no console, or it writes JSON lines. */
export function textStreamOf({ backends: { console } }: Pick<ResolvedConfig, 'backends'>): 'stdout' | 'stderr' | undefined {
  return console.enabled && !console.structured ? console.stream : undefined;
}

/**
 * Whether a process of this configuration that ends before its worker has begun can deliver its records itself: every backend is a file or a stream of its own,
 * and none of metrics has anything to send.
 */
export function endsWithoutWorker(config: Pick<ResolvedConfig, 'backends'>): boolean {
  const textStream = textStreamOf(config);
  return (
    runningBackends(config).every(
      ({ backend, settings }) => backend.atExit?.(settings) !== undefined && settings.failover.length === 0,
    ) && runningMetricsBackends(config).every(({ backend, settings }) => backend.isIdleAtExit?.(settings, textStream) === true)
  );
}

/** Whether a program of this configuration is sure to use its worker: a backend needs it, or answers requests. Others may end before it has begun. */
export function usesWorker(config: Pick<ResolvedConfig, 'backends'>): boolean {
  return !endsWithoutWorker(config) || runningMetricsBackends(config).some(({ backend }) => backend.answersRequests === true);
}

function settingsOf(backends: ResolvedConfig['backends'], { name }: SettingsSection): RecordSettings {
  return (backends as unknown as Readonly<Record<string, RecordSettings>>)[name];
}

/** Audit events pass every threshold of the backends that carry the audit trail; for others they count as info records. */
export function passesLevel({ backend, threshold }: RunningBackend, lane: Lane, levelRank: number): boolean {
  return levelRank >= threshold || (LANE_FACTS[lane].passesThresholds && backend.carriesAudit === true);
}
