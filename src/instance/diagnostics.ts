/**
 * The pipeline's own voice: a process warning, once for each trouble, never a record of its own, for the pipeline may be what is in trouble.
 * `OTEL_LOG_LEVEL` (or `diagnosticLevel`) `error` or `none` silences it; `health().warnings` has everything in any case.
 */
import { maskSecrets } from '../common/mask-secrets.ts';
import type { DiagnosticLevel } from '../settings/vocabulary.ts';

const SILENT: ReadonlySet<DiagnosticLevel> = new Set(['none', 'error']);

export function warn(message: string, level: DiagnosticLevel): void {
  if (!SILENT.has(level)) process.emitWarning(maskSecrets(message), { type: 'HftOtelWarning' });
}
