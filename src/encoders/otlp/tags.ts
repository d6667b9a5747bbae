/**
 * OpenTelemetry's protocol for logs on the wire: the tag byte (field number × 8 + wire type) of each field we write. From
 * opentelemetry/proto/{collector/logs,logs,resource,common}/v1, protocol version 1.7. All field numbers are below 16, so every tag is one byte.
 */

export const REQUEST_RESOURCE_LOGS = 0x0a;

export const RESOURCE_LOGS_RESOURCE = 0x0a;
export const RESOURCE_LOGS_SCOPE_LOGS = 0x12;
export const RESOURCE_ATTRIBUTE = 0x0a;

export const SCOPE_LOGS_SCOPE = 0x0a;
export const SCOPE_LOGS_RECORD = 0x12;
export const SCOPE_LOGS_SCHEMA_URL = 0x1a;
export const SCOPE_NAME = 0x0a;
export const SCOPE_VERSION = 0x12;

export const RECORD_TIME = 0x09;
export const RECORD_SEVERITY_NUMBER = 0x10;
export const RECORD_SEVERITY_TEXT = 0x1a;
export const RECORD_BODY = 0x2a;
export const RECORD_ATTRIBUTE = 0x32;
export const RECORD_DROPPED_ATTRIBUTES = 0x38;
export const RECORD_FLAGS = 0x45;
export const RECORD_TRACE_ID = 0x4a;
export const RECORD_SPAN_ID = 0x52;
export const RECORD_OBSERVED_TIME = 0x59;
export const RECORD_EVENT_NAME = 0x62;

export const ATTRIBUTE_KEY = 0x0a;
export const ATTRIBUTE_VALUE = 0x12;

export const VALUE_STRING = 0x0a;
export const VALUE_BOOL = 0x10;
export const VALUE_INT = 0x18;
export const VALUE_DOUBLE = 0x21;
export const VALUE_ARRAY = 0x2a;
export const VALUE_MAP = 0x32;
export const VALUE_BYTES = 0x3a;

/** Element of an array, or pair of a map. */
export const LIST_ELEMENT = 0x0a;
