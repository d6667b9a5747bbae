/** Records as object backends get them. */
import type { LogRecordData } from '../../src/contract/backend.ts';

export function makeRecord(parts: Partial<LogRecordData> = {}): LogRecordData {
  return {
    lane: 'logs',
    level: 'info',
    severityNumber: 9,
    severityText: 'INFO',
    body: 'order placed',
    timeUnixNanos: 1_764_000_000_123_456_789n,
    observedTimeUnixNanos: 1_764_000_000_123_456_789n,
    loggerName: 'exchange.mexc.private.rest',
    tags: ['mexc', 'private', 'rest'],
    attributes: { exchange: 'mexc', price: 101.5 },
    sequence: 1,
    ...parts,
  };
}

export function makeRecords(count: number, from = 0): LogRecordData[] {
  return Array.from({ length: count }, (_, i) => makeRecord({ sequence: from + i, attributes: { i: from + i } }));
}
