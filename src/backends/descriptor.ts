/**
 * A backend's description of itself, so that generic code never asks for its name. built-in.ts lists ours; docs/extending/backend.md says how to add one.
 *
 * The caller's thread reads descriptors at start-up, so a descriptor imports its settings and not the code of the backend.
 */
import type { Level } from '../record.ts';
import type { SettingsSection } from '../settings/section.ts';
import type { Rows } from '../settings/setting.ts';
import type { Opener } from './opening.ts';
import type { OpenAtExit } from './opening-at-exit.ts';
import type { MetricsOpener, MetricsTools } from './opening-metrics.ts';

/** Which records a backend gets unless `routesMode` is `replace`. */
export type DefaultRoute =
  /** Log records. */
  | 'logs'
  /** Audit events. */
  | 'audit'
  /** Audit events, in the environment `development`. */
  | 'audit while developing'
  /** Records of loggers tagged `trading`. */
  | 'trading';

/** An outbox in shared memory: encoded records that the destination has not taken yet. */
export interface QueueSize {
  /** Bytes that may wait. */
  readonly bytes: number;
  /** Bytes of a slot: a write or a request is at most this long. */
  readonly slotBytes: number;
}

/** A spool on disk. */
export interface SpoolSize {
  readonly directory: string;
  /** Bytes of log records, and of audit events, that may wait. */
  readonly maxBytes: number;
  readonly auditMaxBytes: number;
}

/** Resolved settings that all backends of records have. */
export interface RecordSettings {
  readonly enabled: boolean;
  readonly level: Level;
  /** Names of the backends that get its records while it is not `ok`. */
  readonly failover: readonly string[];
}

/** A backend that takes log records and audit events. */
export interface RecordBackend<Name extends string = string, Section = SettingsSection | undefined, Resolved = RecordSettings> {
  readonly takes: 'records';
  /** Key in `health().backends`, and tag of its metrics. */
  readonly name: Name;
  /** Its settings. Undefined for a user's own backend. */
  readonly section: Section;
  /** Whether it runs. Default: `settings.enabled`. */
  runs?(settings: Resolved): boolean;
  readonly defaultRoutes: readonly DefaultRoute[];
  /** Whether it carries the audit trail: audit events then pass whatever its level says. Otherwise they count as info records. */
  readonly carriesAudit?: boolean;
  /** Whether logs and audit events have a queue and a sender each, so that a flood of logs cannot delay the trail. */
  readonly splitsLanes?: boolean;
  /** Whether audit events wait in their ring while its queue has no room. Only the audit file does this; other backends get copies. */
  readonly holdsAuditBack?: boolean;
  /** Whether it gets the records of several threads in the order of their calls. This costs more, and is for output that people read as it comes. */
  readonly inOrder?: boolean;
  /** Whether it skips records that its own target has logged through this package. They would return to the target again and again. */
  readonly skipsEchoes?: boolean;
  /**
   * Whether it gets a copy of each checkpoint of the audit trail, if routes send it audit events: its destination is another host, where a copy cannot be
   * changed from this one. Of bytes, not of objects: a queue of objects counts everything in it as records.
   */
  readonly keepsCheckpoints?: boolean;
  /** Whether its destination is on this machine: attempts are cheap there, so the pauses between them stay short. */
  readonly isLocal?: boolean;
  /** Its queue in shared memory, for each lane if it splits them. Absent or undefined: it takes objects, from a queue in the worker's heap. */
  queue?(settings: Resolved): QueueSize | undefined;
  /** Whether its destination is another program that may be away: a circuit breaker stands in front of it. */
  readonly isRemote?: boolean;
  /** The spool of its queues, for times when the destination is away. Absent or undefined: batches wait in memory only. */
  spool?(settings: Resolved): SpoolSize | undefined;
  /** The file that it writes to. No two backends may share one. */
  path?(settings: Resolved): string;
  /** `otel.component.type` of its metrics. Default: `hft_` and its name. */
  componentType?(settings: Resolved): string;
  /**
   * Opens it on the caller's thread, at the end of an instance whose worker has not begun (worker/at-exit.ts). This code is a part of every program that imports
   * the package. Absent or undefined: such an end waits for the worker.
   */
  atExit?(settings: Resolved): OpenAtExit | undefined;
  /** The code that does the work, in the worker. */
  load(): Promise<Opener<NoInfer<Resolved>>>;
}

/** A backend that takes metrics; no route leads to it. */
export interface MetricsBackendDescriptor<Name extends string = string, Section = SettingsSection, Resolved = never> {
  readonly takes: 'metrics';
  /** Key in `health().backends`, and tag of its metrics. */
  readonly name: Name;
  /** Its settings; those of another backend that it is a part of (`pushGateway`: of `prometheus`). */
  readonly section: Section;
  /** Whether it runs. */
  runs(settings: Resolved): boolean;
  /**
   * Whether it gets the last values of a run whose process is dead. A backend that is scraped, or that sends this process's page, would show them as values of
   * this run.
   *
   * @param hasExported whether it is known what that run had exported with delta temporality
   */
  takesDeadRuns?(settings: Resolved, hasExported: boolean): boolean;
  /** It answers requests, so the program is one that stays. Default false. */
  readonly answersRequests?: boolean;
  /** Whether it has nothing to do at the end of an instance whose worker has not begun. `textStream`: see {@link MetricsTools}. Default false. */
  isIdleAtExit?(settings: Resolved, textStream: MetricsTools['textStream']): boolean;
  /** The code that does the work, in the worker. */
  load(): Promise<MetricsOpener<NoInfer<Resolved>>>;
}

/** Types a descriptor by its section. */
export function recordBackend<
  const Name extends string,
  SectionName extends string,
  R extends Rows,
  Resolved extends RecordSettings,
>(
  descriptor: RecordBackend<Name, SettingsSection<SectionName, R, Resolved>, Resolved>,
): RecordBackend<Name, SettingsSection<SectionName, R, Resolved>, Resolved> {
  return bare(descriptor);
}

/** Types a descriptor by its section. */
export function metricsBackend<const Name extends string, SectionName extends string, R extends Rows, Resolved>(
  descriptor: MetricsBackendDescriptor<Name, SettingsSection<SectionName, R, Resolved>, Resolved>,
): MetricsBackendDescriptor<Name, SettingsSection<SectionName, R, Resolved>, Resolved> {
  return bare(descriptor);
}

/** Without a prototype: a member that is not there must not be found on a polluted one. */
function bare<T extends object>(descriptor: T): T {
  return Object.setPrototypeOf(descriptor, null) as T;
}
