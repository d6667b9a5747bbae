/**
 * The protocol of a control socket: HTTP with JSON, so that `curl --unix-socket` can use it too.
 *
 * ```
 *   GET    /v1/status                     → ControlStatus
 *   GET    /v1/levels                     → LevelsAnswer
 *   POST   /v1/levels  LevelChange        → LevelsAnswer
 *   DELETE /v1/levels?pattern=…           → LevelsAnswer       without pattern: everything that an operator has set
 *   POST   /v1/page                       → PageAnswer         opens the live page, if it is not open already
 *   DELETE /v1/page                       → PageAnswer         closes it
 *   anything else                         → ControlError, status 400, 404, 405 or 413
 * ```
 */
import type { Health } from '../caller/api.ts';
import type { LevelOverride } from '../caller/level-board.ts';
import type { MetricsSnapshot } from '../health/metrics-snapshot.ts';
import type { Level } from '../record.ts';

export const STATUS_PATH = '/v1/status';
export const LEVELS_PATH = '/v1/levels';
export const PAGE_PATH = '/v1/page';

/** Longest body of a request: a change of levels has a hundred bytes. */
export const MAX_BODY_BYTES = 4_096;

export interface ControlStatus {
  /** Of the package. */
  readonly version: string;
  readonly service: string;
  readonly instanceId: string;
  readonly pid: number;
  readonly environment: string;
  readonly uptimeSeconds: number;
  readonly timeUnixMillis: number;
  readonly health: Pick<Health, 'lanes' | 'audit' | 'backends' | 'metrics'>;
  readonly metrics: MetricsSnapshot;
}

export interface LevelsAnswer {
  /** The program's own rules. */
  readonly level: Level;
  readonly levels: Readonly<Record<string, Level>>;
  /** Levels that an operator has set over them. */
  readonly overrides: readonly LevelOverride[];
}

export interface LevelChange {
  /** Undefined: the level of loggers that no rule names. */
  readonly pattern?: string;
  readonly level: Level;
  /** Undefined: until the end of the process. */
  readonly forMillis?: number;
}

export interface PageAnswer {
  /** With the token in it; undefined when the page is closed. */
  readonly url?: string;
}

export interface ControlError {
  readonly error: string;
}
