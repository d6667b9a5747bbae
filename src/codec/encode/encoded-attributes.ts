/**
 * Fields and context of a record that does not go through a ring, as they would have come out of one.
 */
import type { Redaction } from '../../redaction/redaction.ts';
import { shrinkSpans } from '../values/shrink.ts';
import { decodeValue } from '../values/value.ts';
import { ValueParts } from '../values/value-parts.ts';
import { ValueWriter } from '../values/value-writer.ts';
import { MAX_RECORD_BYTES } from './record-encoder.ts';

export interface EncodedAttributes {
  /** Those of the context, then the fields; a later one in place of an earlier one of its name. */
  readonly attributes: Record<string, unknown>;
  /** Attributes beside those. */
  readonly dropped: number;
}

/** Reads every value once, redacts, masks and cuts as the ring's encoder does. Never throws. */
export function encodedAttributes(redaction: Redaction, context: object, fields: object): EncodedAttributes {
  const parts = new ValueParts(new ValueWriter(redaction), redaction);
  const { values } = parts;
  let dropped = 0;
  const encoded = (write: () => number): object => {
    const start = values.begin(MAX_RECORD_BYTES);
    dropped += write();
    return decodeValue(values.bytes, start) as object;
  };
  const attributes = Object.assign(
    Object.create(null) as Record<string, unknown>,
    encoded(() => parts.attributes(context, MAX_RECORD_BYTES)),
    encoded(() => {
      const start = values.position;
      const written = parts.fields(fields, undefined, MAX_RECORD_BYTES);
      shrinkSpans(values, start, written.spans, MAX_RECORD_BYTES);
      return written.dropped;
    }),
  );
  return { attributes, dropped };
}
