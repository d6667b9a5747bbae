/**
 * A log record of OpenTelemetry's API or SDK → ours, with fields of any type: callers in plain JavaScript are not bound by the types.
 */
import type { LogRecord, SpanContext } from '@opentelemetry/api';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { isValidSpanContext, spanContextOf } from '../caller/span-context.ts';
import { fieldsOf, textOf } from '../codec/encode/arguments.ts';
import type { OpenRecord } from '../codec/encode/object-frame.ts';
import { withException } from './exception.ts';
import { readSeverityNumber, severityName } from './severity.ts';
import { toUnixNanos } from './time.ts';

/** A record handed to our `Logger.emit`. Without a severity text it gets the short name of its number, as the data model has it. */
export function openRecordOfApi(record: LogRecord): OpenRecord {
  const severityNumber = readSeverityNumber(record.severityNumber);
  return {
    severityNumber,
    severityText: optionalText(record.severityText) ?? severityName(severityNumber),
    body: record.body,
    eventName: optionalText(record.eventName),
    attributes: withException(fieldsOf(record.attributes), record.exception),
    timeUnixNanos: toUnixNanos(record.timestamp),
    observedTimeUnixNanos: toUnixNanos(record.observedTimestamp),
    trace: record.context === undefined ? undefined : valid(spanContextOf(record.context)),
    withoutContext: record.context !== undefined,
  };
}

/** A record that the SDK has made: its fields are final, and absent ones stay absent. */
export function openRecordOfSdk(record: ReadableLogRecord): OpenRecord {
  return {
    severityNumber: readSeverityNumber(record.severityNumber),
    severityText: optionalText(record.severityText) ?? '',
    body: record.body,
    eventName: optionalText(record.eventName),
    attributes: record.attributes,
    // The SDK has limits of its own.
    droppedAttributesCount: record.droppedAttributesCount,
    timeUnixNanos: toUnixNanos(record.hrTime),
    observedTimeUnixNanos: toUnixNanos(record.hrTimeObserved),
    trace: valid(record.spanContext),
    withoutContext: true,
  };
}

function optionalText(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : textOf(value);
}

function valid(span: SpanContext | undefined): SpanContext | undefined {
  return span !== undefined && isValidSpanContext(span) ? span : undefined;
}
