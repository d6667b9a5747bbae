/**
 * An Error after another logger's serializer: an object with its type, message and stack. It becomes the record's exception, as the Error
 * itself would have.
 */
import { withException } from '../../intake/exception.ts';

interface ErrorLike {
  readonly message: string;
  readonly stack: string;
}

export function isErrorLike(value: unknown): value is ErrorLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as ErrorLike).message === 'string' &&
    typeof (value as ErrorLike).stack === 'string'
  );
}

/**
 * The fields with the first error-like value among them as `exception.type`, `.message`, `.stacktrace` and its further properties; the object itself without one,
 * or with an Error, which the encoder expands: a record has one exception.
 *
 * @param own an object whose error-like values come before others
 */
export function expandErrorLike(fields: Record<string, unknown>, own?: object): Record<string, unknown> {
  let first: string | undefined;
  for (const key in fields) {
    const value = fields[key];
    if (value instanceof Error) return fields;
    if (isErrorLike(value) && (first === undefined || (isOf(own, key) && !isOf(own, first)))) first = key;
  }
  if (first === undefined) return fields;
  const { [first]: error, ...others } = fields;
  return withException(others, error) as Record<string, unknown>;
}

function isOf(own: object | undefined, key: string): boolean {
  return own !== undefined && Object.hasOwn(own, key);
}
