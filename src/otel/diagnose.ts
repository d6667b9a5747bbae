/**
 * OpenTelemetry's diagnostic channel. The API is loaded when there is something to say: with it, a service that has nothing else to do with it would take
 * 12 ms longer to start.
 */
export function diagnose(message: string, ...causes: unknown[]): void {
  void import('@opentelemetry/api').then(({ diag }) => diag.error(message, ...causes));
}
