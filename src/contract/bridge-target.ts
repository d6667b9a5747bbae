/**
 * The target of a bridge: a function, or a logger with a method for each level. Here a record becomes a call of it.
 */
import { DROPPED_KEY, droppedText, LEVEL_FACTS, type Level } from '../record.ts';
import type { LogRecordData } from './backend.ts';

/** Gets one record; a promise that it returns is awaited. Throwing or rejecting counts the record as refused. */
export type BridgeFunction = (record: LogRecordData) => unknown;

/** pino, winston, bunyan, `console` and their like; `isBridgeTarget` looks for the other levels' methods. */
export interface BridgeLogger {
  info(...parts: never[]): unknown;
  error(...parts: never[]): unknown;
}

export type BridgeTarget = BridgeFunction | BridgeLogger;

type LogMethod = (...parts: unknown[]) => unknown;
type LoggerLike = Readonly<Record<string, unknown>>;

/** Methods under which loggers know our levels, the usual one first. */
export const METHOD_NAMES: Readonly<Record<Level, readonly string[]>> = Object.fromEntries(
  LEVEL_FACTS.map(({ name, methods }) => [name, methods]),
) as Record<Level, readonly string[]>;

/** Names that mean something to the target itself. A field of such a name is passed on as `fields.<name>`. */
const PINO_NAMES: ReadonlySet<string> = new Set(['level', 'time', 'msg']);
const WINSTON_NAMES: ReadonlySet<string> = new Set(['level', 'message']);
const NO_NAMES: ReadonlySet<string> = new Set();

/** True for a function and for an object that has a method for each level. */
export function isBridgeTarget(target: unknown): target is BridgeTarget {
  if (typeof target === 'function' && !hasMethods(target as unknown as LoggerLike)) return true;
  return target !== null && (typeof target === 'object' || typeof target === 'function') && hasMethods(target as LoggerLike);
}

/** Throws a TypeError for a value that is not a bridge target; see {@link isBridgeTarget}. */
export function bridgeFunction(target: unknown): BridgeFunction {
  if (!isBridgeTarget(target)) {
    throw new TypeError(
      'backends.bridge.target must be a function or a logger with methods debug, info, warn (or warning) and error.',
    );
  }
  const logger = target as object as LoggerLike;
  if (!hasMethods(logger)) return target as BridgeFunction;
  if (isFieldsFirst(logger)) {
    return (record) => methodOf(logger, record.level)!.call(logger, fieldsOf(record, PINO_NAMES), messageOf(record));
  }
  const reserved = isWinston(logger) ? WINSTON_NAMES : NO_NAMES;
  return (record) => methodOf(logger, record.level)!.call(logger, messageOf(record), fieldsOf(record, reserved));
}

function hasMethods(logger: LoggerLike): boolean {
  return (Object.keys(METHOD_NAMES) as Level[]).every((level) => methodOf(logger, level) !== undefined);
}

/** Looked up at each call: loggers exchange their methods when their level changes. */
function methodOf(logger: LoggerLike, level: Level): LogMethod | undefined {
  for (const name of METHOD_NAMES[level]) if (typeof logger[name] === 'function') return logger[name] as LogMethod;
  return undefined;
}

/** pino and bunyan take the fields before the message. */
function isFieldsFirst(logger: LoggerLike): boolean {
  return typeof logger.bindings === 'function' || typeof logger.addStream === 'function';
}

function isWinston(logger: LoggerLike): boolean {
  return typeof logger.configure === 'function' && typeof logger.transports === 'object';
}

function messageOf({ body }: LogRecordData): string {
  return typeof body === 'string'
    ? body
    : JSON.stringify(body, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
}

/** Attributes, and beside them what our record has and the target's line has not. Fields of the user's own win. */
function fieldsOf(record: LogRecordData, reserved: ReadonlySet<string>): Record<string, unknown> {
  const fields: Record<string, unknown> = {
    logger: record.loggerName,
    timestamp: new Date(Number(record.timeUnixNanos / 1_000_000n)).toISOString(),
    ...(record.tags.length > 0 && { tags: record.tags }),
    ...(record.eventName !== undefined && { event: record.eventName }),
    ...(record.traceId !== undefined && { trace_id: record.traceId, span_id: record.spanId }),
    ...(record.droppedAttributesCount !== undefined && { [DROPPED_KEY]: droppedText(record.droppedAttributesCount) }),
  };
  const own = Object.entries(record.attributes).map(
    ([name, value]) => [reserved.has(name) ? `fields.${name}` : name, value] as const,
  );
  // By definition, not by assignment: a field `__proto__` is a field like any other.
  return Object.fromEntries([...Object.entries(fields), ...own]);
}
