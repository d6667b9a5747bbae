/** pino's steps, in pino's order, from the arguments of a call to the message and the fields of its record. */
import { readProperty } from '../../codec/encode/arguments.ts';
import { attempt } from '../common/attempt.ts';
import { expandErrorLike } from '../common/error-like.ts';
import type { Own, SharedOptions } from './logger-options.ts';
import { hasKeys, serialized, serializedFields } from './serialize.ts';
import type { PinoLogger } from './types.ts';

export type Fields = Record<string, unknown>;

/** The options that steps depend on. */
export interface Steps {
  readonly shared: SharedOptions;
  readonly own: Own;
}

export interface PinoCall {
  /** The object in front of the message. */
  readonly merge: object | undefined;
  /** The message, formatted. */
  readonly text: string | undefined;
  /** pino's number of the level. */
  readonly value: number;
  /** For the user's mixin. */
  readonly logger: PinoLogger;
}

/** pino's steps from a call's object to the fields of its record. */
export function recordOf(
  { merge, text, value, logger }: PinoCall,
  steps: Steps,
): { readonly message: unknown; readonly fields: Fields } {
  const { shared, own } = steps;
  const { errorKey, messageKey, mixin, mixinMergeStrategy, nestedKey } = shared;
  const { serializers, formatters, redaction } = own;
  let fields = mergeFields(merge, errorKey);
  let message: unknown = text ?? messageOfError(merge, fields, errorKey, messageKey);
  if (mixin !== undefined) {
    fields = attempt(
      () => {
        const mixed = mixin(fields, value, logger);
        return (mixinMergeStrategy?.(fields, mixed) ?? { ...mixed, ...fields }) as Fields;
      },
      (thrown) => ({ ...fields, 'pino.mixin': thrown }),
    );
  }
  const { log } = formatters;
  if (log !== undefined)
    fields = attempt(
      () => ({ ...log(fields) }),
      (thrown) => ({ ...fields, 'pino.formatters.log': thrown }),
    );
  fields = shown(fields, steps);
  if (message !== undefined) {
    if (Object.hasOwn(serializers, messageKey)) message = serialized(serializers, messageKey, message);
    if (redaction !== undefined) message = redaction.apply({ [messageKey]: message })[messageKey];
  } else if (nestedKey === undefined) ({ [messageKey]: message, ...fields } = fields);
  if (nestedKey !== undefined && hasKeys(fields)) fields = { [nestedKey]: expandErrorLike(fields) };
  const label = own.table.labels[value];
  const levelFormatter = formatters.level;
  if (levelFormatter !== undefined) {
    const { level: _, ...beside } = attempt<Fields>(
      () => levelFormatter(label, value) as Fields,
      (thrown) => ({ 'pino.formatters.level': thrown }),
    );
    fields = { ...beside, ...fields };
  }
  return { message: message ?? '', fields };
}

/** An argument that becomes fields, which nobody has hidden anything in so far. */
export function argumentFields(arg: unknown, { shared, own }: Steps): unknown {
  const { serializers, redaction } = own;
  if (typeof arg !== 'object' || arg === null || (redaction === undefined && !hasKeys(serializers))) return arg;
  const { errorKey } = shared;
  const fields = shown(mergeFields(arg, errorKey), { shared, own });
  return arg instanceof Error && fields[errorKey] instanceof Error ? fields[errorKey] : expandErrorLike(fields);
}

/** The fields as the user's serializers and redaction leave them. */
function shown(fields: Fields, { shared, own }: Steps): Fields {
  const { serializers, redaction } = own;
  const written = serializedFields(serializers, fields, shared.errorKey);
  return redaction?.apply(written) ?? written;
}

/** The message of a call that gives an error and no text. */
function messageOfError(merge: object | undefined, fields: Fields, errorKey: string, messageKey: string): unknown {
  const error = merge instanceof Error ? merge : fields[messageKey] === undefined ? fields[errorKey] : undefined;
  return typeof error === 'object' && error !== null ? readProperty(error, 'message') : undefined;
}

/** The fields of a call's object: of an error, the error; of a request or response of Node, what it is. */
function mergeFields(merge: object | undefined, errorKey: string): Fields {
  if (merge === undefined) return {};
  if (merge instanceof Error) return { [errorKey]: merge };
  const { method, headers, socket, setHeader } = merge as Fields;
  if (method && headers && socket) return { req: merge };
  if (typeof setHeader === 'function') return { res: merge };
  return Array.isArray(merge) || !isRecord(merge) ? { value: merge } : ({ ...merge } as Fields);
}

/** Whether its properties are fields. Those of a Map, a Date or a Buffer are not. */
function isRecord(merge: object): boolean {
  return (
    Object.keys(merge).length > 0 || Object.getPrototypeOf(merge) === Object.prototype || Object.getPrototypeOf(merge) === null
  );
}
