/**
 * Attribute maps and scopes as encoded values.
 */
import type { Scope } from '../../record.ts';
import type { Redaction } from '../../redaction/redaction.ts';
import { expandErrors, type KeyedValues, keysOf, readGuarded } from '../encode/arguments.ts';
import { MAX_FIELDS } from '../encode/shape.ts';
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

  /** Attributes of a record: an error among them, or `error`, is the record's own. Returns how many there were beside {@link MAX_FIELDS}. */
  fields(attributes: object | undefined, error?: Error): number {
    const { keys, values } = read(attributes);
    return this.#map(expandErrors(keys, values, this.#redaction.root, error) ?? { keys, values });
  }

  /** Attributes of a context: errors among them are values under their names. Returns as {@link fields}. */
  attributes(attributes: object | undefined): number {
    return this.#map(read(attributes));
  }

  #map({ keys, values: all }: KeyedValues): number {
    const { values } = this;
    const place = values.open(VALUE_MAP);
    let count = 0;
    for (; count < keys.length && count < MAX_FIELDS && !values.isFull; count++) {
      values.key(keys[count]);
      values.field(keys[count], all[count]);
    }
    values.close(place, count);
    return keys.length - count;
  }

  scope(scope: Scope): void {
    const { values } = this;
    const place = values.open(VALUE_MAP);
    let count = 3;
    values.key('name');
    values.text(cutText(scope.name, MAX_NAME_BYTES));
    values.key('tags');
    values.value(scope.tags.map((tag) => cutText(tag, MAX_NAME_BYTES)));
    values.key('attributes');
    const dropped = this.attributes(scope.attributes);
    if (dropped > 0) {
      values.key('droppedAttributesCount');
      values.value(dropped);
      count++;
    }
    for (const key of ['version', 'schemaUrl', 'resource'] as const) {
      if (scope[key] === undefined) continue;
      values.key(key);
      values.value(scope[key]);
      count++;
    }
    values.close(place, count);
  }
}

function read(attributes: object | undefined): KeyedValues {
  if (attributes === undefined || attributes === null) return { keys: [], values: [] };
  const keys = keysOf(attributes);
  return { keys, values: readGuarded(attributes, keys) };
}
