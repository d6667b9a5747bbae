/**
 * The nouns of the house: what a user hands in and what travels. Imports nothing.
 */

/** The four levels of the API, from least to most severe. */
export type Level = 'debug' | 'info' | 'warning' | 'error';

/** Levels by their rank: index 0 is the least severe. Ranks are what shared memory holds. */
export const LEVELS: readonly Level[] = ['debug', 'info', 'warning', 'error'];

/** Rank of audit events, which have no level of their own: info. */
export const AUDIT_RANK = 1;

/** OpenTelemetry severity numbers of the four levels (logs data model, "Severity Fields": the first of each range). */
export const SEVERITY_NUMBERS: readonly number[] = [5, 9, 13, 17];

/** OpenTelemetry severity texts of the four levels. */
export const SEVERITY_TEXTS: readonly string[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

/** A record travels in one of these; each has rings of its own because their policy when full differs. */
export type Lane = 'logs' | 'audit';

export const LANES: readonly Lane[] = ['logs', 'audit'];

/** Attributes of one record. Any JavaScript value is allowed: `docs/values.md` gives the encoding of each. */
export type Fields = Readonly<Record<string, unknown>>;

/** Labels of a metric series. Values other than strings are converted with `String`. */
export type Tags = Readonly<Record<string, string | number | boolean>>;

/** What one logger stamps on each of its records: the OpenTelemetry instrumentation scope and the attributes that never change. */
export interface Scope {
  /** Logger name, the OpenTelemetry scope name, for example `exchange.mexc.private.rest`. */
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
  /** Hierarchical tags, sent as the string array attribute `tags`. */
  readonly tags: readonly string[];
  /** Positional tags (`exchange`, `api_type`, …, or `component`), then context. Already redacted. */
  readonly attributes: Fields;
  /** Attributes beyond the limits, which are not among `attributes`. */
  readonly droppedAttributesCount?: number;
  /** Resource attributes, when the record comes from an SDK provider whose resource is not ours. */
  readonly resource?: Fields;
}

/** Name under which formats that have no place of their own for it tell how many attributes a record had beyond its limits. */
export const DROPPED_KEY = '…';

export function droppedText(attributes: number): string {
  return `[+${attributes} fields]`;
}

/** Rank of the level nearest to an OpenTelemetry severity number (0 = unspecified counts as info). */
export function rankOfSeverity(severityNumber: number): number {
  if (severityNumber >= 17) return 3;
  if (severityNumber >= 13) return 2;
  return severityNumber >= 9 || severityNumber <= 0 ? 1 : 0;
}
