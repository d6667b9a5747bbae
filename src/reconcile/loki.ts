/**
 * Audit events out of Loki, page by page.
 */

import { errorText } from '../common/error-text.ts';
import type { AuditEvent } from './canonical.ts';

export interface LokiQuery {
  /** `http://host:3100`. */
  readonly url: string;
  /** Unix nanoseconds; the end is not part of it. */
  readonly fromUnixNanos: bigint;
  readonly toUnixNanos: bigint;
  /** Of `service.name`. Default: all services. */
  readonly service?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Loki answers no more lines to one query, unless it is configured to. */
const PAGE_LINES = 5_000;
const TIMEOUT_MILLIS = 60_000;

/** Labels and structured metadata that are no fields of an event. A field named `level` or `lane` was moved to `fields_…` by the gateway. */
const OWN_LABELS = new Set([
  'level',
  'lane',
  'event_name',
  'hft_audit',
  'hft_audit_seq',
  'trace_id',
  'span_id',
  'flags',
  'hft_run',
]);
const MOVED = /^fields_(?=level$|lane$)/;

interface Page {
  readonly data?: {
    readonly result?: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [string, string])[];
    }[];
  };
}

type NumberedEvent = AuditEvent & { readonly run: string; readonly number: number };

/**
 * @throws Error with Loki's own message, when it refuses or cannot be reached; Error when more lines have one nanosecond than a page holds.
 */
export async function* readLoki({
  url,
  fromUnixNanos,
  toUnixNanos,
  service,
  headers = {},
}: LokiQuery): AsyncGenerator<NumberedEvent[]> {
  const selection = service === undefined ? '{lane="audit"}' : `{lane="audit", service_name=${JSON.stringify(service)}}`;
  let start = fromUnixNanos;
  for (;;) {
    const lines = await page(url, headers, {
      query: selection,
      limit: String(PAGE_LINES),
      direction: 'forward',
      start: String(start),
      end: String(toUnixNanos),
    });
    if (lines.length < PAGE_LINES) {
      yield lines.flatMap(eventOf);
      return;
    }
    // The page may have cut through the lines of its last nanosecond: all of those come with the next page.
    const last = lines.at(-1)!.nanos;
    if (BigInt(last) === start)
      throw new Error(`More than ${PAGE_LINES - 1} lines at ${last} ns in Loki: choose one service with --service.`);
    yield lines.filter(({ nanos }) => nanos !== last).flatMap(eventOf);
    start = BigInt(last);
  }
}

interface LokiLine {
  readonly nanos: string;
  readonly text: string;
  readonly labels: Readonly<Record<string, string>>;
}

async function page(
  url: string,
  headers: Readonly<Record<string, string>>,
  parameters: Record<string, string>,
): Promise<LokiLine[]> {
  const address = `${url.replace(/\/+$/, '')}/loki/api/v1/query_range`;
  const response = await fetch(`${address}?${new URLSearchParams(parameters)}`, {
    headers,
    signal: AbortSignal.timeout(TIMEOUT_MILLIS),
  }).catch((error: unknown) => {
    throw new Error(`${address} cannot be reached: ${errorText(error)}. Is Loki's port right?`);
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${address} answered ${response.status}: ${text.trim().slice(0, 300)}`);
  const lines = ((JSON.parse(text) as Page).data?.result ?? []).flatMap(({ stream, values }) =>
    values.map(([nanos, line]): LokiLine => ({ nanos, text: line, labels: stream })),
  );
  // Decimal nanoseconds of one length: their order as text is their order in time.
  return lines.sort((a, b) => (a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0));
}

function eventOf({ nanos, text, labels }: LokiLine): NumberedEvent[] {
  const number = Number(labels.hft_audit_seq);
  if (!Number.isSafeInteger(number)) return [];
  const fields = Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (OWN_LABELS.has(name) ? [] : [[name.replace(MOVED, ''), value]])),
  );
  return [
    {
      run: labels.hft_run ?? labels.service_instance_id ?? '',
      number,
      timeUnixNanos: nanos,
      event: labels.event_name ?? text,
      logger: labels.scope_name ?? '',
      traceId: labels.trace_id ?? '',
      spanId: labels.span_id ?? '',
      fields,
    },
  ];
}
