/** The key under which all copies of OpenTelemetry's API, of any 1.x, find what is registered: `opentelemetry.js.api.<major>` (api 1.x, src/internal/global-utils). */
export const OTEL_GLOBAL_KEY = Symbol.for('opentelemetry.js.api.1');
