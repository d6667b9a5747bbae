/**
 * `hft-otel/winston`: a transport.
 *
 * ```ts
 * const logger = winston.createLogger({ transports: [new HftTransport()] });
 * ```
 */
import { Writable } from 'node:stream';
import type { HFTLogger } from '../../caller/api.ts';
import { holdsFields, textOf } from '../../codec/encode/arguments.ts';
import { IntakeLogger, type Severity } from '../../intake/intake.ts';
import { getLogger } from '../../process/factories.ts';
import { attempt } from '../common/attempt.ts';
import { expandErrorLike } from '../common/error-like.ts';
import { severityOfName, severityOfPosition } from '../common/level-names.ts';
import { saysNow } from '../common/says-now.ts';
import { writeWithTrace } from '../common/trace-fields.ts';
import { argumentsOf, fillsTokens, type Info, isUsual, LEVEL } from './arguments.ts';

export interface HftTransportOptions {
  /** Logger that the records are written with. Default: `getLogger('winston')`. */
  readonly logger?: HFTLogger;
  /** winston's: least level that this transport takes. Default: the logger's. */
  readonly level?: string;
  readonly silent?: boolean;
  /** winston's format of this transport alone. */
  readonly format?: { transform(info: never, options?: unknown): unknown; readonly options?: unknown };
  readonly handleExceptions?: boolean;
  readonly handleRejections?: boolean;
}

/** winston's logger, as far as a transport asks for it. */
interface Parent {
  readonly level?: string;
  readonly levels?: Readonly<Record<string, number>>;
  readonly format?: HftTransportOptions['format'];
}

/**
 * Stands on Node's stream, as `winston-transport` stands on an older copy of it; winston asks for no more. A record is in the ring when winston's call returns.
 */
export class HftTransport extends Writable {
  level?: string;
  silent?: boolean;
  format?: never;
  handleExceptions?: boolean;
  handleRejections?: boolean;
  readonly #intake: IntakeLogger;
  readonly #format: HftTransportOptions['format'];
  readonly #severities = new Map<string, Severity>();
  #parent: Parent | undefined;
  #levels: Readonly<Record<string, number>> = {};

  constructor(options: HftTransportOptions = {}) {
    super({ objectMode: true });
    const { logger = getLogger('winston'), level, silent, format: own, handleExceptions, handleRejections } = options;
    this.#intake = IntakeLogger.over(logger);
    this.#format = own;
    if (level !== undefined) this.level = level;
    if (silent !== undefined) this.silent = silent;
    if (handleExceptions !== undefined) this.handleExceptions = handleExceptions;
    if (handleRejections !== undefined) this.handleRejections = handleRejections;
    this.on('pipe', (source: unknown) => {
      this.#parent = source as Parent;
      this.#levels = this.#parent.levels ?? {};
      this.#severities.clear();
    });
  }

  /** A record has nothing to wait for: the stream's own queue is left out, which takes longer than the record. */
  override write(info: unknown, encoding?: unknown, callback?: unknown): boolean {
    this.#take(info as Info);
    const done = typeof encoding === 'function' ? encoding : callback;
    if (typeof done === 'function') queueMicrotask(() => done());
    return true;
  }

  override _write(info: object, _encoding: string, callback: () => void): void {
    this.#take(info as Info);
    callback();
  }

  /** winston calls it on transports that it does not pipe to. */
  log(info: object, callback: () => void): void {
    this.#take(info as Info);
    callback();
  }

  #take(info: Info): void {
    try {
      if (!this.#accepts(info)) return;
      const formatted = this.#formatted(info);
      if (formatted !== undefined) this.#record(formatted);
    } catch (error) {
      this.#intake.guard(() => {
        throw error;
      });
    }
  }

  #accepts(info: Info): boolean {
    if (this.silent || (info.exception === true && !this.handleExceptions)) return false;
    const least = this.level ?? this.#parent?.level;
    return least === undefined || !(least in this.#levels) || this.#levels[least] >= (this.#levels[String(info[LEVEL])] ?? 0);
  }

  #formatted(info: Info): Info | undefined {
    const own = this.#format;
    if (own === undefined) return info;
    return attempt<Info | undefined>(
      () => (own.transform({ ...info } as never, own.options) || undefined) as Info | undefined,
      (thrown) => ({ ...info, 'winston.format': thrown }),
    );
  }

  #record(info: Info): void {
    const level = String(info[LEVEL] ?? info.level);
    if (isUsual(info)) {
      const fields: Record<string, unknown> = {};
      let holdsObject = false;
      for (const key in info) {
        const value = info[key];
        if (key === 'level' || key === 'message' || (key === 'timestamp' && saysNow(value))) continue;
        fields[key] = value;
        if (typeof value === 'object') holdsObject = true;
      }
      writeWithTrace(this.#intake, this.#severityOf(level), info.message, holdsObject ? expandErrorLike(fields) : fields);
      return;
    }
    const fills = () => fillsTokens(this.#format, level) || fillsTokens(this.#parent?.format, level);
    const { message, error, copied, left } = argumentsOf(info, fills);
    const fields: Info = {};
    for (const key of Object.keys(info)) {
      const value = info[key];
      if (key === 'level' || key === 'message') continue;
      if (key === 'timestamp' && saysNow(value)) continue;
      // winston's copies of the error's own properties.
      if (error !== undefined && (key === 'stack' || key === 'cause') && value === error[key]) continue;
      if (copied !== undefined && Object.hasOwn(copied, key) && (copied as Info)[key] === value) continue;
      fields[key] = value;
    }
    if (error !== undefined) fields.error = error;
    else if (typeof info.stack === 'string' && info.error === undefined) takeError(fields, message);
    mergeLeft(fields, left);
    writeWithTrace(this.#intake, this.#severityOf(level), message, expandErrorLike(fields as Record<string, unknown>));
  }

  #severityOf(level: string): Severity {
    const known = this.#severities.get(level);
    if (known !== undefined) return known;
    const ascending = Object.entries(this.#levels)
      .sort(([, a], [, b]) => b - a)
      .map(([name]) => name);
    const severity =
      severityOfName(level) ?? severityOfPosition(level, Math.max(ascending.indexOf(level), 0), Math.max(ascending.length, 1));
    this.#severities.set(level, severity);
    return severity;
  }
}

/** winston's format `errors` has taken an error apart: its stack and its cause stand among the fields. */
function takeError(fields: Info, message: unknown): void {
  const { stack, cause } = fields;
  const [, type] = /^([\w$.]+)(?:: |\n)/.exec(String(stack)) ?? [];
  delete fields.stack;
  delete fields.cause;
  const error = new Error(textOf(message), cause === undefined ? undefined : { cause });
  if (type !== undefined) error.name = type;
  error.stack = String(stack);
  fields.error = error;
}

/** Arguments that winston has left out of its record: properties of objects are fields, the rest is `splat`. */
function mergeLeft(fields: Info, left: readonly unknown[]): void {
  const rest: unknown[] = [];
  for (const value of left) {
    const isFree =
      typeof value === 'object' &&
      value !== null &&
      holdsFields(value) &&
      Object.keys(value).every((key) => !Object.hasOwn(fields, key));
    if (isFree) Object.assign(fields, value);
    else rest.push(value);
  }
  // winston takes a field of that name for arguments too.
  if (rest.length > 0 && Object.hasOwn(fields, 'splat')) rest.unshift(fields.splat);
  if (rest.length > 0) fields.splat = rest.length === 1 ? rest[0] : rest;
}
