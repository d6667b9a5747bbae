/**
 * A destination for pino: `pino(options, pinoDestination())`. pino passes each record as a line of JSON, inside the call, together with the parts of the line.
 * If the parts are enough (direct.ts), they are written; else the line is parsed into fields.
 */
import { hostname } from 'node:os';
import type { HFTLogger } from '../../caller/api.ts';
import { IntakeLogger } from '../../intake/intake.ts';
import { getLogger } from '../../process/factories.ts';
import { expandErrorLike } from '../common/error-like.ts';
import { writeWithTrace } from '../common/trace-fields.ts';
import { type Direct, directOf, messageKeyOf, type PinoSource } from './direct.ts';
import { isPinosOwn, PINO_LEVELS, severityOfPinoLevel } from './levels.ts';

/** Makes pino leave the parts of each line beside it. */
const METADATA: unique symbol = Symbol.for('pino.metadata') as never;

const MAX_NAMED_LOGGERS = 1_000;
const FLUSH_TIMEOUT_MILLIS = 5_000;

export interface PinoDestinationOptions {
  /** Logger that the records are written with. Default: `getLogger('pino')`; a logger with pino's `name` is named so. */
  readonly logger?: HFTLogger;
}

export class PinoDestination {
  readonly [METADATA] = true;
  /** Lets pino recognise it as a destination, when it is its only argument. */
  readonly writable = true;
  /** Set by pino before each line. */
  lastLevel: number | undefined;
  lastObj: object | undefined;
  lastMsg: unknown;
  lastTime: string | undefined;
  lastLogger: PinoSource | undefined;
  readonly #intake: IntakeLogger;
  readonly #named = new Map<string, IntakeLogger>();
  /** Of loggers that have written; undefined: their lines are read. */
  readonly #directs = new WeakMap<PinoSource, Direct | undefined>();
  /** Of loggers whose lines are read. */
  readonly #messageKeys = new WeakMap<PinoSource, string>();
  #newest: PinoSource | undefined;
  #newestDirect: Direct | undefined;
  readonly #pid = process.pid;
  readonly #hostname = hostname();

  constructor({ logger = getLogger('pino') }: PinoDestinationOptions) {
    this.#intake = IntakeLogger.over(logger);
  }

  write(line: string): boolean {
    const { lastObj, lastLogger } = this;
    this.lastObj = undefined;
    try {
      if (lastObj === undefined || lastLogger === undefined || !this.#writeDirect(lastLogger, lastObj))
        this.#write(line, lastObj);
    } catch (error) {
      this.#intake.guard(() => {
        throw error;
      });
    }
    return true;
  }

  /** Everything written before goes through every backend. */
  flush(callback?: (error?: Error) => void): void {
    void this.#intake.flush(FLUSH_TIMEOUT_MILLIS).then((isComplete) => {
      callback?.(isComplete ? undefined : new Error('not everything was delivered within 5 s'));
    });
  }

  end(): void {}

  /** False: the line has to be read. */
  #writeDirect(source: PinoSource, fields: object): boolean {
    const { lastMsg } = this;
    if (typeof lastMsg !== 'string') return false;
    let direct = source === this.#newest ? this.#newestDirect : this.#directs.get(source);
    if (direct?.isCurrent() !== true) {
      if (direct === undefined && this.#directs.has(source)) return false;
      direct = directOf(source, (bindings) => this.#withBindings(bindings));
      this.#directs.set(source, direct);
    }
    this.#newest = source;
    this.#newestDirect = direct;
    if (direct === undefined || !direct.takes(fields) || 'trace_id' in fields) return false;
    switch (this.lastLevel) {
      case PINO_LEVELS.trace:
        direct.target.trace(lastMsg, fields);
        return true;
      case PINO_LEVELS.debug:
        direct.target.debug(lastMsg, fields);
        return true;
      case PINO_LEVELS.info:
        direct.target.info(lastMsg, fields);
        return true;
      case PINO_LEVELS.warn:
        direct.target.warning(lastMsg, fields);
        return true;
      case PINO_LEVELS.error:
        direct.target.error(lastMsg, fields);
        return true;
      case PINO_LEVELS.fatal:
        direct.target.fatal(lastMsg, fields);
        return true;
      default:
        return false;
    }
  }

  #withBindings({ pid, hostname: host, name, ...bindings }: Record<string, unknown>): HFTLogger {
    const intake = typeof name === 'string' ? this.#loggerOf(name) : this.#intake;
    const attributes = expandErrorLike({
      ...(pid !== this.#pid && pid !== undefined && { pid }),
      ...(host !== this.#hostname && host !== undefined && { hostname: host }),
      ...(typeof name !== 'string' && name !== undefined && { name }),
      ...bindings,
    });
    return Object.keys(attributes).length === 0 ? intake.hftLogger : intake.with(attributes).hftLogger;
  }

  #write(line: string, lastObj: object | undefined): void {
    const parsed = parse(line);
    const { lastLevel, lastMsg, lastLogger } = this;
    const level = lastLevel ?? parsed?.level;
    const severity = severityOfPinoLevel(level, customLabel(level, lastLogger));
    if (parsed === undefined) return this.#intake.call(severity, [lastMsg ?? line.trimEnd()]);

    const messageKey = this.#messageKeyOf(lastLogger);
    let message: unknown;
    let name: string | undefined;
    const fields: Record<string, unknown> = {};
    for (const key in parsed) {
      const value = parsed[key];
      switch (key) {
        case messageKey:
          message = value;
          break;
        case 'level':
        case 'time':
          // Ours is the more exact: this is still the call.
          if (isOwn(lastObj, key)) fields[key] = value;
          break;
        case 'pid':
          if (value !== this.#pid) fields[key] = value;
          break;
        case 'hostname':
          if (value !== this.#hostname) fields[key] = value;
          break;
        case 'name':
          if (typeof value === 'string' && lastLogger !== undefined && !isOwn(lastObj, key)) name = value;
          else fields[key] = value;
          break;
        default:
          fields[key] = value;
      }
    }
    const intake = name === undefined ? this.#intake : this.#loggerOf(name);
    writeWithTrace(intake, severity, message ?? '', expandErrorLike(fields, lastObj));
  }

  #messageKeyOf(source: PinoSource | undefined): string {
    if (source === undefined) return 'msg';
    let key = this.#messageKeys.get(source);
    if (key === undefined) {
      key = messageKeyOf(source);
      this.#messageKeys.set(source, key);
    }
    return key;
  }

  #loggerOf(name: string): IntakeLogger {
    const known = this.#named.get(name);
    if (known !== undefined) return known;
    if (this.#named.size >= MAX_NAMED_LOGGERS) this.#named.clear();
    const made = this.#intake.named(name);
    this.#named.set(name, made);
    return made;
  }
}

/** Undefined: the line is no JSON object, because a hook of the user's has made something else of it. */
function parse(line: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isOwn(object: object | undefined, key: string): boolean {
  return object !== undefined && Object.hasOwn(object, key);
}

/** The name of a level that is none of pino's own. */
function customLabel(level: unknown, logger: PinoSource | undefined): string | undefined {
  if (typeof level === 'string') return level;
  if (typeof level !== 'number') return undefined;
  const label = logger?.levels?.labels?.[level];
  return isPinosOwn(level, label) ? undefined : label;
}
