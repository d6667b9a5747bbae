/**
 * A shape is a message with a list of keys, met often enough to have a definition: a frame refers to it by one id. A shape also remembers the kinds of its
 * fields, which makes the next record of the same shape cheap.
 */

import { NOT_MINE, type Outcome } from './outcome.ts';

/** A text that no user string is identical with by accident of being the initial value: cache slots start with it. */
const NO_TEXT = '\u0000none';

/**
 * The values that a generated writer takes for a field. `any`: every scalar and short texts; `long`: also long texts, and those that may hold a credential; `value`:
 * also nested values.
 */
export type FieldKind = 'number' | 'text-id' | 'text' | 'any' | 'long' | 'value';

/** Most fields of a record. OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT's default (specification, "LogRecord Limits"); the rest is counted. */
export const MAX_FIELDS = 128;

/** Distinct texts of a field that get an id; a field that brings more carries unique texts, which are cheaper copied than looked up. */
export const MAX_TEXTS_PER_FIELD = 64;

/** One field of a shape: its key, and the two texts it carried last with their ids. */
export class FieldState {
  readonly key: string;
  readonly redacted: boolean;
  kind: FieldKind = 'any';
  text = NO_TEXT;
  id = 0;
  olderText = NO_TEXT;
  olderId = 0;
  /** Texts of this field that were defined since the dictionary turned. */
  defined = 0;

  constructor(key: string, redacted: boolean) {
    this.key = key;
    this.redacted = redacted;
  }

  /** Forgets ids: they mean something else now. */
  forget(): void {
    this.text = NO_TEXT;
    this.olderText = NO_TEXT;
    this.defined = 0;
  }
}

/** Writes a record of one shape, if the arguments are of this shape. */
export type ShapeWriter = (fields: object | undefined, head: number, message: string) => Outcome;

/** The same of values that have been read already, by field. `message`: masked, where it travels inline. */
export type ListWriter = (values: unknown[], head: number, message: string) => Outcome;

const notOfThisShape = (): Outcome => NOT_MINE;

export class Shape {
  /** Id in the dictionary half in use. Changes when the dictionary turns, so generated code reads it each time. */
  id: number;
  /** Null when the message travels in each frame. */
  readonly message: string | null;
  readonly fields: readonly FieldState[];
  readonly keys: readonly string[];
  /** Calls that came through the general writer. */
  calls = 0;
  /** Writers generated so far; a field that keeps changing its kind must not keep the compiler busy. */
  generations = 0;
  write: ShapeWriter = notOfThisShape;
  /** In place of `write` where the values came as a list when the writer was generated: those of a record with an Error do. */
  writeList: ListWriter = notOfThisShape;
  /** Next shape with the same message and other keys. */
  next: Shape | undefined = undefined;

  constructor(id: number, message: string | null, fields: readonly FieldState[]) {
    this.id = id;
    this.message = message;
    this.fields = fields;
    this.keys = fields.map(({ key }) => key);
  }

  /**
   * Its writer threw, with nothing written, or met a getter that did: the record is written with guards then. At the end of the stack it may
   * have been a getter that logs its own object again; no writer, which reads without guards, is used for such a shape any more.
   */
  threw(error: unknown): void {
    if (!isRangeError(error)) return;
    this.write = notOfThisShape;
    this.writeList = notOfThisShape;
    this.generations = Number.POSITIVE_INFINITY;
  }

  /** True once a writer was generated for it. */
  get hot(): boolean {
    return this.write !== notOfThisShape || this.writeList !== notOfThisShape;
  }

  hasKeys(keys: readonly string[]): boolean {
    const { fields } = this;
    if (fields.length !== keys.length) return false;
    for (let i = 0; i < keys.length; i++) if (fields[i].key !== keys[i]) return false;
    return true;
  }
}

/** The thrown value may be a proxy that throws when it is read. */
function isRangeError(thrown: unknown): boolean {
  try {
    return thrown instanceof RangeError;
  } catch {
    return false;
  }
}

/** `shape.write`, also when a getter throws in it: then nothing was written. */
export function tryWriter(shape: Shape, fields: object | undefined, head: number, message: string): Outcome {
  try {
    return shape.write(fields, head, message);
  } catch (error) {
    shape.threw(error);
    return NOT_MINE;
  }
}
