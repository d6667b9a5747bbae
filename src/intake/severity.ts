/**
 * OpenTelemetry's severities: numbers 1–24, four to each of six names (logs data model, "Displaying Severity").
 */
const NAMES: readonly string[] = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const NUMBERS_PER_NAME = 4;
const MAX_INT32 = 2 ** 31 - 1;

/** Unspecified: the record has no severity. Treated as info where a level is needed. */
const UNSPECIFIED = 0;

/** A number that OTLP can carry, or {@link UNSPECIFIED}. */
export function readSeverityNumber(value: unknown): number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_INT32 ? (value as number) : UNSPECIFIED;
}

/** Short name of a severity number: `INFO`, `INFO2`, … `FATAL4`; empty for a number without a name. */
export function severityName(severityNumber: number): string {
  if (severityNumber < 1 || severityNumber > NAMES.length * NUMBERS_PER_NAME) return '';
  const within = (severityNumber - 1) % NUMBERS_PER_NAME;
  return NAMES[Math.floor((severityNumber - 1) / NUMBERS_PER_NAME)] + (within === 0 ? '' : String(within + 1));
}
