/**
 * pino's logger, written with ours. A call of the usual shapes, a text or fields and a text, on a logger without serializers, mixins or other code of the user
 * becomes one call of our own method. Every other call takes pino's steps in pino's order.
 */
import { EventEmitter } from 'node:events';
import type { HFTLogger } from '../../caller/api.ts';
import { textOf } from '../../codec/encode/arguments.ts';
import { HftError } from '../../errors.ts';
import type { IntakeLogger } from '../../intake/intake.ts';
import { VERSION } from '../../version.ts';
import { attempt } from '../common/attempt.ts';
import { expandErrorLike, isErrorLike } from '../common/error-like.ts';
import { writeWithTrace } from '../common/trace-fields.ts';
import { givenBindings, without } from './bindings.ts';
import { format } from './format.ts';
import { LevelTable } from './level-table.ts';
import { PINO_LEVELS, SILENT } from './levels.ts';
import { type Own, type OwnOptions, ownOf, type SharedOptions } from './logger-options.ts';
import { PathRedaction } from './redact.ts';
import { hasKeys, withoutStandard } from './serialize.ts';
import { stdSerializers } from './std-serializers.ts';
import { argumentFields, type Fields, recordOf } from './steps.ts';
import type { Bindings, LogFn, PinoChildOptions, PinoLogger, PinoOptions, Serializers } from './types.ts';

const FLUSH_TIMEOUT_MILLIS = 5_000;

/**
 * Records that a child writes with its bindings among their fields. A request's logger writes two or three records, and a scope of its own costs as much as ten
 * records; a child that writes more gets one.
 */
const RECORDS_WITHOUT_SCOPE = 4;

/** Our methods by pino's numbers. */
const METHODS = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warning', 50: 'error', 60: 'fatal' } as const;

/** Bindings of a logger, with those of the loggers above it. */
interface Bound {
  readonly fields: Fields;
  readonly above: Bound | undefined;
}

class Facade {
  /** The logger for calls of the usual shapes. */
  target: HFTLogger;
  /** Numbers below it are not handed on. */
  floor = 0;
  /** A call of the usual shapes is one call of the target. */
  isPlain: boolean;
  onChild: (child: PinoLogger) => void;
  #intake: IntakeLogger;
  #bound: Bound;
  /** Bindings that the target does not write by itself. */
  #pending: Fields | undefined;
  /** Bindings that are among the fields of each record: errors, and the ids of a trace. */
  #ofRecords: Fields | undefined;
  #recordsLeft = RECORDS_WITHOUT_SCOPE;
  #level: string | undefined;
  readonly #shared: SharedOptions;
  readonly #own: Own;
  constructor(
    intake: IntakeLogger,
    shared: SharedOptions,
    own: Own,
    bound: Bound,
    pending: Fields | undefined,
    ofRecords: Fields | undefined,
    onChild: (child: PinoLogger) => void,
  ) {
    this.#intake = intake;
    this.target = intake.hftLogger;
    this.#shared = shared;
    this.#own = own;
    this.#bound = bound;
    this.#pending = pending;
    this.#ofRecords = ofRecords;
    this.onChild = onChild;
    this.isPlain = own.isSimple && pending === undefined && ofRecords === undefined;
    for (const [label, value] of own.table.own) this.#addMethod(label, value);
    this.#setLevel(own.level);
  }

  trace(first?: unknown, second?: unknown, ...more: unknown[]): void {
    if (10 < this.floor) return;
    if (this.isPlain && more.length === 0 && isUsual(first, second) && this.#isUnserialized(first)) {
      if (second === undefined) this.target.trace(first);
      else this.target.trace(second, first);
    } else this.#write(10, trimmed([first, second, ...more]));
  }

  debug(first?: unknown, second?: unknown, ...more: unknown[]): void {
    if (20 < this.floor) return;
    if (this.isPlain && more.length === 0 && isUsual(first, second) && this.#isUnserialized(first)) {
      if (second === undefined) this.target.debug(first);
      else this.target.debug(second, first);
    } else this.#write(20, trimmed([first, second, ...more]));
  }

  info(first?: unknown, second?: unknown, ...more: unknown[]): void {
    if (30 < this.floor) return;
    if (this.isPlain && more.length === 0 && isUsual(first, second) && this.#isUnserialized(first)) {
      if (second === undefined) this.target.info(first);
      else this.target.info(second, first);
    } else this.#write(30, trimmed([first, second, ...more]));
  }

  warn(first?: unknown, second?: unknown, ...more: unknown[]): void {
    if (40 < this.floor) return;
    if (this.isPlain && more.length === 0 && isUsual(first, second) && this.#isUnserialized(first)) {
      if (second === undefined) this.target.warning(first);
      else this.target.warning(second, first);
    } else this.#write(40, trimmed([first, second, ...more]));
  }

  error(first?: unknown, second?: unknown, ...more: unknown[]): void {
    if (50 < this.floor) return;
    if (this.isPlain && more.length === 0 && isUsual(first, second) && this.#isUnserialized(first)) {
      if (second === undefined) this.target.error(first);
      else this.target.error(second, first);
    } else this.#write(50, trimmed([first, second, ...more]));
  }

  fatal(first?: unknown, second?: unknown, ...more: unknown[]): void {
    if (60 < this.floor) return;
    if (this.isPlain && more.length === 0 && isUsual(first, second) && this.#isUnserialized(first)) {
      if (second === undefined) this.target.fatal(first);
      else this.target.fatal(second, first);
    } else this.#write(60, trimmed([first, second, ...more]));
  }

  silent(): void {}

  get level(): string {
    return this.#level ?? this.levels.leastOf(({ number }) => this.#intake.isEnabled(number));
  }

  /** Throws an Error for a level that this logger has not, as pino does. */
  set level(level: string | number) {
    const before = this.#level ?? this.level;
    this.#setLevel(typeof level === 'number' ? (this.levels.labels[level] ?? String(level)) : level);
    const { values } = this.levels;
    this.#emitter.emit('level-change', this.#level, values[this.#level!], before, values[before], this);
  }

  get levels(): LevelTable {
    return this.#own.table;
  }

  get customLevels(): Record<string, number> {
    return Object.fromEntries(this.#own.table.own);
  }

  get useOnlyCustomLevels(): boolean {
    return this.levels.values.info === undefined;
  }

  get levelVal(): number {
    return this.levels.values[this.level];
  }

  get msgPrefix(): string | undefined {
    return this.#own.prefix === '' ? undefined : this.#own.prefix;
  }

  get serializers(): Serializers {
    return this.#own.serializers;
  }

  get version(): string {
    return VERSION;
  }

  get [Symbol.toStringTag](): string {
    return 'Pino';
  }

  isLevelEnabled(level: string): boolean {
    const value = this.levels.values[level];
    return value !== undefined && this.#lets(value) && this.#intake.isEnabled(this.levels.severityOf(value).number);
  }

  child(bindings: Bindings, options: PinoChildOptions = {}): PinoLogger {
    if (!bindings) throw new Error('missing bindings for child Pino');
    const own = hasKeys(options) || this.#level !== this.#own.level ? this.#ownOf(options) : this.#own;
    // The parent's formatter of bindings does not apply to a child's.
    const { fields, ofRecords, ofLogger } = givenBindings(bindings, own, options.formatters?.bindings);
    const pending = this.#pending === undefined ? ofLogger : { ...this.#pending, ...ofLogger };
    const child = new Facade(
      this.#intake,
      this.#shared,
      own,
      { fields, above: this.#bound },
      hasKeys(pending) ? pending : undefined,
      this.#ofRecordsWith(fields, ofRecords),
      this.onChild,
    ) as unknown as PinoLogger;
    this.onChild(child);
    return child;
  }

  bindings(): Bindings {
    const parts: Fields[] = [];
    for (let at: Bound | undefined = this.#bound; at !== undefined; at = at.above) parts.unshift(at.fields);
    return Object.assign({}, ...parts);
  }

  setBindings(bindings: Bindings): void {
    const { fields, ofRecords, ofLogger } = givenBindings(bindings, this.#own, undefined);
    this.#bound = { fields, above: this.#bound };
    this.#pending = { ...this.#pending, ...ofLogger };
    this.#ofRecords = this.#ofRecordsWith(fields, ofRecords);
    this.#takeScope();
  }

  flush(callback?: (error?: Error) => void): void {
    if (callback !== undefined && typeof callback !== 'function') throw new Error('callback must be a function');
    void this.#intake.flush(FLUSH_TIMEOUT_MILLIS).then((isComplete) => {
      callback?.(isComplete ? undefined : new HftError('HFT_FLUSH_TIMEOUT', 'Not everything was delivered within 5 s.'));
    });
  }

  get #emitter(): EventEmitter {
    return this as unknown as EventEmitter;
  }

  #ownOf(options: PinoChildOptions): Own {
    const { customLevels, redact, msgPrefix = '', level = this.#level } = options;
    const own = {
      serializers: this.#serializersWith(options.serializers),
      formatters: { ...this.#own.formatters, ...options.formatters },
      redaction: redact === undefined ? this.#own.redaction : new PathRedaction(redact),
      prefix: this.#own.prefix + msgPrefix,
      table: customLevels === undefined ? this.#own.table : this.#own.table.with(customLevels),
      level,
    };
    return ownOf(own, this.#shared);
  }

  /** A standard serializer takes the place of the parent's of that name. */
  #serializersWith(own: Serializers | undefined): Serializers {
    if (own === undefined) return this.#own.serializers;
    return { ...without(this.#own.serializers, own), ...withoutStandard(own) } as Serializers;
  }

  /** Bindings of records with those of newer `fields`, in place of older ones of their names. */
  #ofRecordsWith(fields: Fields, ofRecords: Fields | undefined): Fields | undefined {
    if (this.#ofRecords === undefined) return ofRecords;
    const all = { ...without(this.#ofRecords, fields), ...ofRecords };
    return hasKeys(all) ? all : undefined;
  }

  /** From here on the target writes the bindings by itself. */
  #takeScope(): void {
    if (this.#pending !== undefined) this.#intake = this.#intake.with(this.#pending);
    this.#pending = undefined;
    this.target = this.#intake.hftLogger;
    this.isPlain = this.#own.isSimple && this.#ofRecords === undefined;
  }

  #setLevel(level: string | undefined): void {
    if (level !== undefined && this.levels.values[level] === undefined) throw new Error(`unknown level ${level}`);
    this.#level = level;
    const { levelComparison = 'ASC' } = this.#shared;
    // Other comparisons are made call by call.
    this.floor = level === undefined ? 0 : levelComparison === 'ASC' || level === SILENT ? this.levels.values[level] : 0;
  }

  #lets(value: number): boolean {
    const { levelComparison = 'ASC' } = this.#shared;
    if (this.#level === undefined) return true;
    const least = this.levels.values[this.#level];
    if (typeof levelComparison === 'function') {
      return attempt<boolean>(
        () => levelComparison(value, least),
        () => true,
      );
    }
    return levelComparison === 'DESC' ? value <= least : value >= least;
  }

  #isUnserialized(first: unknown): boolean {
    if (typeof first === 'object') for (const key of this.#own.serialized) if (Object.hasOwn(first as object, key)) return false;
    return true;
  }

  #addMethod(label: string, value: number): void {
    const method = (...args: unknown[]) => {
      if (value >= this.floor) this.#write(value, args);
    };
    Object.defineProperty(this, label, { value: method, configurable: true, writable: true, enumerable: true });
  }

  #write(value: number, args: readonly unknown[]): void {
    if (!this.#lets(value)) return;
    if (this.#pending !== undefined) {
      if (this.#recordsLeft-- === 0) this.#takeScope();
      else if (this.#writePending(value, args)) return;
    }
    const hook = this.#shared.hooks?.logMethod;
    if (hook === undefined) return this.#log(value, args);
    let isWritten = false;
    const method: LogFn = (...own) => {
      isWritten = true;
      this.#log(value, own);
    };
    attempt(
      () => hook.call(this as unknown as PinoLogger, [...args], method, value),
      (thrown) => {
        if (!isWritten) this.#log(value, [...args, { 'pino.hook': thrown }]);
      },
    );
  }

  /** A call of the usual shapes, with bindings as fields. False: it has to take all steps. */
  #writePending(value: number, args: readonly unknown[]): boolean {
    const [first, second] = args;
    const method = METHODS[value as keyof typeof METHODS];
    if (
      !this.#own.isSimple ||
      this.#ofRecords !== undefined ||
      method === undefined ||
      !this.levels.isPinosOwn(value) ||
      args.length > 2 ||
      !isUsual(first, second) ||
      !this.#isUnserialized(first)
    )
      return false;
    if (second === undefined) this.target[method](first, this.#pending);
    else this.target[method](second, { ...this.#pending, ...(first as object) });
    return true;
  }

  #log(value: number, args: readonly unknown[]): void {
    this.#intake.guard(() => {
      const severity = this.levels.severityOf(value);
      if (!this.#intake.isEnabled(severity.number)) return;
      const [first, ...others] = args;
      const isMerge = typeof first === 'object' && first !== null;
      // Before a message, undefined and null stand for no fields.
      const isBefore = isMerge || ((first === undefined || first === null) && others.length > 0);
      const [template, ...params] = isBefore ? others : args;
      const prefixed = template === undefined || template === null ? template : withPrefix(this.#own.prefix, template);
      const isText = prefixed !== undefined && prefixed !== null && typeof prefixed !== 'object';
      const { text, left } = isText
        ? format(textOf(prefixed), params, (object) => this.#own.redaction?.apply(object as Fields) ?? object)
        : { text: undefined, left: [prefixed, ...params] };
      const steps = { shared: this.#shared, own: this.#own };
      const { message, fields } = recordOf(
        { merge: isMerge ? first : undefined, text, value, logger: this as unknown as PinoLogger },
        steps,
      );
      const more = left.map((each) => argumentFields(each, steps));
      writeWithTrace(this.#intake, severity, message, expandErrorLike(this.#withBindings(fields)), more);
    });
  }

  /** Fields of a call with the bindings that its record has to have. The call's own error comes first, so that it is the record's. */
  #withBindings(fields: Fields): Fields {
    const pending = this.#pending;
    const ofRecords = this.#ofRecords;
    if (ofRecords !== undefined) {
      const bound = Object.values(fields).some(isOfError) ? withoutErrors(ofRecords) : ofRecords;
      return { ...pending, ...fields, ...bound, ...fields };
    }
    return pending === undefined ? fields : { ...pending, ...fields };
  }
}

// An emitter without running its constructor, as pino has it: there is a child for each request.
Object.setPrototypeOf(Facade.prototype, EventEmitter.prototype);
// pino's types have it, nothing reads it.
Object.defineProperty(Facade.prototype, 'useLevelLabels', { value: false, writable: true });

/** A text, or a plain object and a text. Directives in a text alone have nothing to take. The ids of a trace are no fields. */
function isUsual(first: unknown, second: unknown): boolean {
  if (second === undefined) return typeof first === 'string';
  return (
    typeof second === 'string' &&
    typeof first === 'object' &&
    first !== null &&
    Object.getPrototypeOf(first) === Object.prototype &&
    (first as Fields).trace_id === undefined
  );
}

/** Without the arguments at its end that were not given. */
function trimmed(args: readonly unknown[]): readonly unknown[] {
  return args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
}

function withPrefix(prefix: string, template: unknown): unknown {
  return prefix !== '' && typeof template !== 'object' ? prefix + textOf(template) : template;
}

function isOfError(value: unknown): boolean {
  return value instanceof Error || isErrorLike(value);
}

/** With objects in place of errors: the record has an exception of its own. */
function withoutErrors(bindings: Fields): Fields {
  return Object.fromEntries(Object.entries(bindings).map(([key, value]) => [key, stdSerializers.err(value)]));
}

/** A root logger; see `pino` in pino.ts. */
export function makeFacade(intake: IntakeLogger, options: PinoOptions): PinoLogger {
  const { customLevels, useOnlyCustomLevels = false, redact, base, enabled = true, onChild = () => {} } = options;
  if (useOnlyCustomLevels && customLevels === undefined)
    throw new Error('customLevels is required if useOnlyCustomLevels is set true');
  const own: OwnOptions = {
    serializers: withoutStandard(options.serializers),
    formatters: options.formatters ?? {},
    redaction: redact === undefined || redact === null ? undefined : new PathRedaction(redact),
    prefix: options.msgPrefix ?? '',
    table: new LevelTable(useOnlyCustomLevels ? { ...customLevels } : { ...PINO_LEVELS, ...customLevels }),
    level: enabled ? levelOf(options.level) : SILENT,
  };
  const { mixin, mixinMergeStrategy, hooks, nestedKey, levelComparison, messageKey = 'msg', errorKey = 'err' } = options;
  const shared = { mixin, mixinMergeStrategy, hooks, nestedKey, levelComparison, messageKey, errorKey } as SharedOptions;
  const { fields, ofRecords, ofLogger } = givenBindings(base ?? {}, own, own.formatters.bindings);
  const root = hasKeys(ofLogger) ? intake.with(ofLogger) : intake;
  return new Facade(
    root,
    shared,
    ownOf(own, shared),
    { fields, above: undefined },
    undefined,
    ofRecords,
    onChild,
  ) as unknown as PinoLogger;
}

function levelOf(level: string | undefined): string | undefined {
  return level !== undefined && Object.hasOwn(PINO_LEVELS, level.toLowerCase()) ? level.toLowerCase() : level;
}
