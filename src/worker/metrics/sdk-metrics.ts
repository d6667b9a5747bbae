/**
 * The same numbers in the form of any OpenTelemetry SDK (semantic conventions, "SDK metrics"): a lane is a batching processor, a log backend an exporter.
 * Dashboards for SDKs work with them.
 */
import type { RunningBackend } from '../../config/running.ts';
import { type BackendCounters, DROP_REASONS } from '../../health/counters.ts';
import { OWN_INSTRUMENTS } from '../../health/instruments.ts';
import type { Lane } from '../../record.ts';
import type { RingAccount } from '../../ring/account.ts';
import { RING_DROP_REASONS } from '../../ring/layout.ts';
import type { Observation } from '../../series/collect.ts';
import { type Observe, sumOf } from './observe.ts';

export interface Exporter {
  readonly tags: ReturnType<typeof exporterTags>;
  readonly counters: BackendCounters;
}

export interface SdkParts {
  readonly lanes: readonly { readonly lane: Lane; readonly accounts: () => readonly RingAccount[] }[];
  /** Of log records. */
  readonly backends: readonly Exporter[];
}

/** `error.type` of records that a ring refused, as in the conventions. */
const RING_ERRORS: Readonly<Record<(typeof RING_DROP_REASONS)[number], string>> = {
  ring_full: 'queue_full',
  closed: 'already_shutdown',
};

export function registerSdkMetrics(observe: Observe, { lanes, backends }: SdkParts): void {
  const byLane = (read: (account: RingAccount) => number): Observation[] =>
    lanes.map(({ lane, accounts }) => ({ value: sumOf(accounts(), read), tags: processorTags(lane) }));
  observe(OWN_INSTRUMENTS.created, () => [
    { value: sumOf(lanes, ({ accounts }) => sumOf(accounts(), ({ offered }) => offered)) },
  ]);
  observe(OWN_INSTRUMENTS.queueSize, () => byLane(({ pending }) => pending));
  observe(OWN_INSTRUMENTS.processed, () => [
    ...byLane(({ accepted, pending }) => accepted - pending),
    ...lanes.flatMap(({ lane, accounts }) =>
      RING_DROP_REASONS.map((reason, index) => ({
        value: sumOf(accounts(), ({ dropped }) => sumOf(dropped, (byReason) => byReason[index])),
        tags: { ...processorTags(lane), 'error.type': RING_ERRORS[reason] },
      })),
    ),
  ]);

  observe(OWN_INSTRUMENTS.exported, () =>
    backends.flatMap(({ tags, counters }) => [
      { value: counters.get('delivered'), tags },
      ...DROP_REASONS.map((reason) => ({
        value: counters.dropped(reason),
        tags: { ...tags, 'error.type': reason },
      })),
    ]),
  );
  observe(OWN_INSTRUMENTS.inflight, () => backends.map(({ tags, counters }) => ({ value: counters.pending, tags })));
}

/** A backend as an exporter of OpenTelemetry's. */
export function exporterTags({ name, backend, settings }: RunningBackend) {
  return {
    'otel.component.name': name,
    'otel.component.type': backend.componentType?.(settings) ?? `hft_${name}`,
  };
}

function processorTags(lane: Lane) {
  return { 'otel.component.name': `hft_ring/${lane}`, 'otel.component.type': 'hft_ring' };
}
