/**
 * Requests of ours that make no spans. A service whose instrumentation reaches the delivering thread (by `NODE_OPTIONS`, as OpenTelemetry's operator sets it) would
 * have a span for each batch. OpenTelemetry's own processors call their exporters in the same way.
 */
import type { Context } from '@opentelemetry/api';
import { OTEL_GLOBAL_KEY } from './otel-global.ts';

/** The key of `suppressTracing` (core 3.1.0, trace/suppress-tracing). Not imported from there: that loads the API. A test holds both equal. */
const SUPPRESS_TRACING_KEY = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

interface ContextManager {
  active(): Context;
  with<T>(context: Context, run: () => T): T;
}

/** Calls `run` in a context in which tracers make no spans, and so what it starts. */
export function untraced<T>(run: () => T): T {
  const { context } = ((globalThis as Record<symbol, unknown>)[OTEL_GLOBAL_KEY] ?? {}) as { readonly context?: ContextManager };
  return context === undefined ? run() : context.with(context.active().setValue(SUPPRESS_TRACING_KEY, true), run);
}
