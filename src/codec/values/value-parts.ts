/**
 * Attribute maps and scopes as encoded values.
 */
import type { Scope } from '../../record.ts';
import type { Redaction } from '../../redaction/redaction.ts';
import { expandErrors, type KeyedValues, keysOf, readProperty } from '../encode/arguments.ts';
import { MAX_FIELDS } from '../encode/shape.ts';
import { REDACTED_TEXT } from '../layout.ts';
import { type Span, shrinkSpans } from './shrink.ts';
import { VALUE_MAP } from './value.ts';
import { cutText } from './value-texts.ts';
import type { ValueWriter } from './value-writer.ts';

/** Longest name of a logger, and of each of its tags, in bytes. */
export const MAX_NAME_BYTES = 512;

export class ValueParts {
  readonly values: ValueWriter;
  readonly #redaction: Redaction;

  constructor(values: ValueWriter, redaction: Redaction) {
    this.values = values;
    this.#redaction = redaction;
  }

  /**
   * Attributes of a record: an error among them, or `error`, is the record's own. Their values may take more than `budget` bytes together: the caller shrinks
   * them together with the record's other parts.
   */
  fields(attributes: object | undefined, error: Error | undefined, budget: number): WrittenFields {
    const { keys, values } = this.#read(attributes);
    return this.#map(expandErrors(keys, values, this.#redaction.root, error) ?? { keys, values }, budget);
  }

  /** Attributes of a context, in `budget` bytes: errors among them are values under their names. Returns how many there were beside those written. */
  attributes(attributes: object | undefined, budget: number): number {
    const start = this.values.position;
    const { spans, dropped } = this.#map(this.#read(attributes), budget);
    shrinkSpans(this.values, start, spans, budget);
    return dropped;
  }

  #read(attributes: object | undefined): KeyedValues {
    if (attributes === undefined || attributes === null) return { keys: [], values: [] };
    const keys = keysOf(attributes);
    return { keys, values: keys.map((key) => (this.#redaction.redactsKey(key) ? REDACTED_TEXT : readProperty(attributes, key))) };
  }

  #map({ keys, values: all }: KeyedValues, budget: number): WrittenFields {
    const { values } = this;
    const start = values.position;
    const place = values.open(VALUE_MAP);
    const most = Math.min(keys.length, MAX_FIELDS);
    const spans: Span[] = [];
    let keyBytes = 0;
    for (let i = 0; i < most && keyBytes <= budget / 2; i++) {
      const keyStart = values.position;
      values.key(keys[i]);
      keyBytes += values.position - keyStart;
      const valueStart = values.position;
      values.begin(fieldBudget(budget, valueStart - start, most));
      values.field(keys[i], all[i]);
      spans.push({ start: valueStart, end: values.position });
    }
    values.close(place, spans.length);
    return { spans, dropped: keys.length - spans.length };
  }

  /** In `budget` bytes. */
  scope(scope: Scope, budget: number): void {
    const { values } = this;
    const start = values.begin(budget / 4);
    const place = values.open(VALUE_MAP);
    let count = 3;
    values.key('name');
    values.text(cutText(scope.name, MAX_NAME_BYTES));
    values.key('tags');
    values.value(scope.tags.map((tag) => cutText(tag, MAX_NAME_BYTES)));
    for (const key of ['version', 'schemaUrl', 'resource'] as const) {
      if (scope[key] === undefined) continue;
      values.key(key);
      values.begin(budget / 8);
      values.value(scope[key]);
      count++;
    }
    values.key('attributes');
    const dropped = this.attributes(scope.attributes, budget - (values.position - start) - TAIL_BYTES);
    if (dropped > 0) {
      values.key('droppedAttributesCount');
      values.value(dropped);
      count++;
    }
    values.close(place, count);
  }
}

/** Kept for the parts behind the attributes of a scope. */
const TAIL_BYTES = 64;

/** Attributes as they were written. */
export interface WrittenFields {
  readonly spans: readonly Span[];
  /** How many there were beside those. */
  readonly dropped: number;
}

/** Bytes that values of one record may take before they are cut, as a multiple of what it may take in the end. */
const SCRATCH_FACTOR = 4;

/**
 * Bytes for the next of `count` values, `used` having been written: as many as the whole record may have, so that the cut of a value depends on the room that
 * others leave, not on its position; but at least an equal share.
 */
export function fieldBudget(budget: number, used: number, count: number): number {
  return Math.max(budget / count, Math.min(budget, SCRATCH_FACTOR * budget - used));
}
