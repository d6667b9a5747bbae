/**
 * Settings of a thread until a configuration reaches it.
 */

import { CREDENTIAL_NAMES } from '../common/credential-names.ts';
import { LEVELS } from '../record.ts';
import { GENERAL, RECORD_BYTES } from './general.ts';

/** A smaller ring could be filled by a single large record. */
const MIN_RING_BYTES = 65_536;

/** Bytes of a ring for `ringBufferSize` records: whole units of eight. */
export function ringBytesFor(ringBufferSize: number): number {
  return Math.max(MIN_RING_BYTES, Math.ceil((ringBufferSize * RECORD_BYTES) / 8) * 8);
}

export const DEFAULTS = Object.freeze({
  ringBytes: ringBytesFor(GENERAL.ringBufferSize.value),
  batchSize: GENERAL.batchSize.value,
  /** By level rank. */
  overflowShares: Object.freeze(LEVELS.map((level) => GENERAL[`overflow.${level}`].value)) as readonly number[],
  redact: CREDENTIAL_NAMES,
  redactTexts: GENERAL.redactTexts.value,
  attributeCountLimit: GENERAL.attributeCountLimit.value,
  cardinalityLimit: GENERAL.cardinalityLimit.value,
  exemplars: GENERAL.exemplars.value,
  exitTimeoutMillis: GENERAL.exitTimeoutMillis.value,
});
