/**
 * Messages between the page and its server. All but the page itself and {@link PROBE_PATH} want the token: `Authorization: Bearer …`.
 *
 * ```
 *   GET  /                                      the page
 *   GET  /health                                → {"status":"ok" | "degraded" | "failed"}, 503 for failed      for probes
 *   GET  /api/status.json                       → ControlStatus
 *   GET  /api/records.json?level&query&limit    → RecordsAnswer       the newest that are kept, oldest first
 *   GET  /api/stream?level&query                → StreamEvent, one a line: the newest that are kept, then as records come
 *   GET  /api/levels.json                       → LevelsAnswer
 *   POST /api/levels.json  LevelChange          → LevelsAnswer
 *   DELETE /api/levels.json?pattern             → LevelsAnswer
 *   anything else                               → ControlError
 * ```
 */
export const PROBE_PATH = '/health';
export const STATUS_PATH = '/api/status.json';
export const RECORDS_PATH = '/api/records.json';
export const STREAM_PATH = '/api/stream';
export const LEVELS_PATH = '/api/levels.json';

/** A record as `docs/output-formats.md` describes its line of JSON. */
export type RecordMembers = Readonly<Record<string, unknown>>;

export interface RecordsAnswer {
  readonly records: readonly RecordMembers[];
}

export interface StreamEvent {
  readonly records: readonly RecordMembers[];
  /** Passed the filter, and were too many to be shown. */
  readonly skipped: number;
  /** Were not looked at: there were more than the page's share of the worker's time is enough for. */
  readonly unseen: number;
}
