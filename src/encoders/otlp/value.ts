/**
 * Decoded values as OpenTelemetry's AnyValue. Kinds follow OpenTelemetry's own serializer where it defines one: numbers without a fraction are integers.
 * Otherwise: a bigint is an integer if 64 bits hold it and a text if not; null and undefined are empty values.
 */

import type { ProtobufWriter } from './protobuf-writer.ts';
import {
  ATTRIBUTE_KEY,
  ATTRIBUTE_VALUE,
  LIST_ELEMENT,
  VALUE_ARRAY,
  VALUE_BOOL,
  VALUE_BYTES,
  VALUE_DOUBLE,
  VALUE_INT,
  VALUE_MAP,
  VALUE_STRING,
} from './tags.ts';
import { isInt64 } from './varint.ts';

/** A key with its value, as the field `tag` of the message that is being written. */
export function writeAttribute(writer: ProtobufWriter, tag: number, key: string, value: unknown): void {
  const start = writer.open(tag);
  writer.text(ATTRIBUTE_KEY, key);
  writeAnyValue(writer, ATTRIBUTE_VALUE, value);
  writer.close(start);
}

export function writeAnyValue(writer: ProtobufWriter, tag: number, value: unknown): void {
  const start = writer.open(tag);
  switch (typeof value) {
    case 'string':
      writer.text(VALUE_STRING, value);
      break;
    case 'boolean':
      writer.varint(VALUE_BOOL, value ? 1 : 0);
      break;
    case 'number':
      if (isInt64(value)) writer.varint(VALUE_INT, value);
      else writer.double(VALUE_DOUBLE, value);
      break;
    case 'bigint':
      if (BigInt.asIntN(64, value) === value) writer.int64(VALUE_INT, value);
      else writer.text(VALUE_STRING, String(value));
      break;
    case 'object':
      if (value !== null) writeObject(writer, value);
  }
  writer.close(start);
}

function writeObject(writer: ProtobufWriter, value: object): void {
  if (value instanceof Uint8Array) {
    writer.raw(VALUE_BYTES, value);
    return;
  }
  const start = writer.open(Array.isArray(value) ? VALUE_ARRAY : VALUE_MAP);
  if (Array.isArray(value)) for (const element of value) writeAnyValue(writer, LIST_ELEMENT, element);
  else for (const [key, element] of Object.entries(value)) writeAttribute(writer, LIST_ELEMENT, key, element);
  writer.close(start);
}
