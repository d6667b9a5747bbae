/**
 * Attribute maps and scopes as encoded values.
 */
import type { Scope } from '../../record.ts';
import { expandErrors, keysOf, readGuarded } from '../encode/arguments.ts';
import { MAX_FIELDS } from '../encode/shape.ts';
import { VALUE_MAP } from './value.ts';
import { cutText } from './value-texts.ts';
import type { PathRedaction, ValueWriter } from './value-writer.ts';

/** Longest name of a logger, and of each of its tags, in bytes. */
export const MAX_NAME_BYTES = 512;

export interface FieldRedaction extends PathRedaction {
  redactsKey(key: string): boolean;
}

export class ValueParts {
  readonly values: ValueWriter;
  readonly #redaction: FieldRedaction;

  constructor(values: ValueWriter, redaction: FieldRedaction) {
    this.values = values;
    this.#redaction = redaction;
  }

  /** At most {@link MAX_FIELDS} of them. Returns how many there were beside those. */
  attributes(attributes: object | undefined): number {
    const { values } = this;
    const place = values.open(VALUE_MAP);
    let count = 0;
    let dropped = 0;
    if (attributes !== undefined && attributes !== null) {
      const keys = keysOf(attributes);
      const read = readGuarded(attributes, keys);
      const expanded = expandErrors(keys, read) ?? { keys, values: read };
      for (; count < expanded.keys.length && count < MAX_FIELDS && !values.isFull; count++) {
        const key = expanded.keys[count];
        values.key(key);
        if (this.#redaction.redactsKey(key)) values.redacted();
        else values.field(key, expanded.values[count]);
      }
      dropped = expanded.keys.length - count;
    }
    values.close(place, count);
    return dropped;
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
