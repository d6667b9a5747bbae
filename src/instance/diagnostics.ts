/**
 * Warnings about the pipeline are process warnings, not log records, because the pipeline itself may be at fault.
 * `OTEL_LOG_LEVEL` (or `diagnosticLevel`) `error` or `none` silences them; `health().warnings` has all of them.
 */
import { maskSecrets } from '../common/mask-secrets.ts';
import type { DiagnosticLevel } from '../settings/vocabulary.ts';

const SILENT: ReadonlySet<DiagnosticLevel> = new Set(['none', 'error']);

export function warn(message: string, level: DiagnosticLevel): void {
  if (!SILENT.has(level)) process.emitWarning(maskSecrets(message), { type: 'HftOtelWarning' });
}
