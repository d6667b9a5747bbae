/**
 * Trace id and span id of the active OpenTelemetry context, at the cost of one comparison a call.
 *
 * Contexts are immutable, so as long as the active one is the same object, its ids do not change. The API's own look-up of its global
 * costs 8 ns a call; the global object, once made, is never replaced, so it is looked for once. Until it exists a property with a setter waits in its
 * place: the first OpenTelemetry component that is registered assigns it, and the setter puts the plain property back.
 */
import type { Context } from '@opentelemetry/api';
import { FROM_BRIDGE, SAMPLED_BIT, TRACE_BIT } from '../codec/head-word.ts';
import { OTEL_GLOBAL_KEY } from '../common/otel-global.ts';
import type { ExemplarContext } from '../series/exemplars.ts';
import type { ExemplarFilter } from '../settings/vocabulary.ts';
import { unixMillis } from '../time/clock.ts';
import { inBridgeTarget } from './bridge-origin.ts';
import { spanContextOf } from './span-context.ts';

interface OtelGlobal {
  context?: { active(): Context };
}

type Watcher = (global: OtelGlobal) => void;

const NO_CONTEXT = {};

/** Six i32: trace id (16 bytes), span id (8 bytes). Valid while {@link traceBits} answers TRACE_BIT. */
export const traceWords = new Int32Array(6);

const bytes = Buffer.from(traceWords.buffer);
/** The trace id of {@link traceWords} as bytes. */
export const traceIdBytes: Buffer = bytes.subarray(0, 16);
let otel: OtelGlobal | undefined;
let lastContext: unknown = NO_CONTEXT;
let lastBits = 0;

watchForOtel((global) => {
  otel = global;
});

/**
 * Head word bits for the active context: 0 outside a span; else TRACE_BIT, with SAMPLED_BIT when it is sampled, and the ids stand in {@link traceWords}.
 * FROM_BRIDGE in the target of a bridge.
 */
export function traceBits(): number {
  if (inBridgeTarget()) return FROM_BRIDGE;
  if (otel === undefined) return 0;
  const manager = otel.context;
  if (manager === undefined) return 0;
  const context = manager.active();
  return context === lastContext ? lastBits : readContext(context);
}

/** The same for a record with a context of its own. */
export function bitsWithoutContext(): number {
  return inBridgeTarget() ? FROM_BRIDGE : 0;
}

/** Whether measurements become exemplars (metrics SDK specification, "ExemplarFilter"), by the active context. */
export function exemplarContextOf(filter: ExemplarFilter): () => ExemplarContext | undefined {
  switch (filter) {
    case 'always_off':
      return () => undefined;
    case 'trace_based':
      // Apart from what makes the context: a measurement outside of a span costs two comparisons.
      return () => (otel?.context === undefined || (contextBits() & SAMPLED_BIT) === 0 ? undefined : contextNow());
    case 'always_on':
      return contextNow;
  }
}

function contextNow(): ExemplarContext {
  return { timeMillis: unixMillis(), ids: (contextBits() & TRACE_BIT) === 0 ? undefined : traceWords };
}

/** {@link traceBits} without what concerns bridges. */
function contextBits(): number {
  const context = otel?.context?.active();
  return context === undefined ? 0 : context === lastContext ? lastBits : readContext(context);
}

function readContext(context: Context): number {
  const span = spanContextOf(context);
  lastContext = context;
  lastBits = 0;
  if (span !== undefined && span.traceId?.length === 32 && span.spanId?.length === 16) {
    const written = bytes.write(span.traceId, 0, 'hex') + bytes.write(span.spanId, 16, 'hex');
    if (written === 24 && isSomeId()) lastBits = TRACE_BIT | ((span.traceFlags & 1) !== 0 ? SAMPLED_BIT : 0);
  }
  return lastBits;
}

/** Whether {@link traceWords} holds ids: those of a tracer that does nothing are zero, which W3C Trace Context calls invalid. */
function isSomeId(): boolean {
  const [a, b, c, d, e, f] = traceWords;
  return (a | b | c | d) !== 0 && (e | f) !== 0;
}

/** Calls `watcher` with the API's global object, now or when it comes into being. Several copies of this module can wait side by side. */
function watchForOtel(watcher: Watcher): void {
  const property = Object.getOwnPropertyDescriptor(globalThis, OTEL_GLOBAL_KEY);
  const waiting = (property?.set as { watchers?: Watcher[] } | undefined)?.watchers;
  if (waiting !== undefined) waiting.push(watcher);
  else if (property?.value !== undefined) watcher(property.value as OtelGlobal);
  else {
    const watchers = [watcher];
    const set = Object.assign(
      (global: OtelGlobal) => {
        Object.defineProperty(globalThis, OTEL_GLOBAL_KEY, {
          value: global,
          writable: true,
          configurable: true,
          enumerable: true,
        });
        for (const each of watchers) each(global);
      },
      { watchers },
    );
    Object.defineProperty(globalThis, OTEL_GLOBAL_KEY, { configurable: true, enumerable: false, get: () => undefined, set });
  }
}
