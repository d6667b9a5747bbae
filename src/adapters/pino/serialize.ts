/**
 * pino's serializers: code of the user, by the names of fields. Errors go on as they are: the standard serializer makes less of them than our own encoding.
 */
import { attempt } from '../common/attempt.ts';
import { isStandardErrorSerializer } from './std-serializers.ts';
import type { Serializers } from './types.ts';

type Fields = Record<string, unknown>;

/** Those that have to run. */
export function withoutStandard(serializers: Serializers | undefined): Serializers {
  return Object.fromEntries(Object.entries(serializers ?? {}).filter(([, each]) => each && !isStandardErrorSerializer(each)));
}

/** Names of fields that have to be serialized. */
export function serializedKeys(serializers: Serializers, errorKey: string): readonly string[] {
  const keys = Object.keys(serializers);
  return keys.includes('err') && !keys.includes(errorKey) ? [...keys, errorKey] : keys;
}

export function serialized(serializers: Serializers, key: string, value: unknown): unknown {
  return attempt<unknown>(
    () => serializers[key](value as never),
    (thrown) => thrown,
  );
}

export function hasKeys(object: object): boolean {
  for (const _ in object) return true;
  return false;
}

/** `errorKey`: name of the error, which `err` serializes. */
export function serializedFields(serializers: Serializers, fields: Fields, errorKey = 'err'): Fields {
  // A child for each request comes here: most have none.
  if (!hasKeys(serializers)) return fields;
  const keys = serializedKeys(serializers, errorKey);
  const result: Fields = {};
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value === undefined || !keys.includes(key)) result[key] = value;
    else result[key] = serialized(serializers, Object.hasOwn(serializers, key) ? key : 'err', value);
  }
  return result;
}
