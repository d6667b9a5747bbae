/**
 * pino's logger, written with ours. A call of the usual shapes, a text or fields and a text, on a logger without serializers, mixins or other code of the user
 * becomes one call of our own method. Every other call takes pino's steps in pino's order.
 */
import { EventEmitter } from 'node:events';
import type { HFTLogger } from '../../caller/api.ts';
import { readProperty, textOf } from '../../codec/encode/arguments.ts';
import { HftError } from '../../errors.ts';
import type { IntakeLogger } from '../../intake/intake.ts';
import { VERSION } from '../../version.ts';
import { attempt } from '../common/attempt.ts';
import { expandErrorLike } from '../common/error-like.ts';
import { format } from './format.ts';
import { LevelTable } from './level-table.ts';
import { PINO_LEVELS, SILENT } from './levels.ts';
import { PathRedaction } from './redact.ts';
import { stdSerializers, unserialized } from './std-serializers.ts';
import type { Bindings, LogFn, PinoChildOptions, PinoFormatters, PinoLogger, PinoOptions, Serializers } from './types.ts';

type Fields = Record<string, unknown>;

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

/** State that a logger shares with its children. */
type Shared = Pick<PinoOptions, 'mixin' | 'mixinMergeStrategy' | 'hooks' | 'nestedKey' | 'levelComparison'> & {
  readonly messageKey: string;
  readonly errorKey: string;
};

/** Options of a child that differ from its parent's. */
interface Own {
  readonly serializers: Serializers;
  readonly formatters: PinoFormatters;
  readonly redaction: PathRedaction | undefined;
  readonly prefix: string;
  readonly table: LevelTable;
  /** `undefined`: the configuration's levels alone decide. */
  readonly level: string | undefined;
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
  #recordsLeft = RECORDS_WITHOUT_SCOPE;
  /** No code of the user's stands between a call and its record, but for serializers. */
  readonly #isSimple: boolean;
  #level: string | undefined;
  readonly #shared: Shared;
  readonly #own: Own;
  /** Keys whose values go through the user's serializers; empty: none. */
  readonly #serialized: readonly string[];

  constructor(
    intake: IntakeLogger,
    shared: Shared,
    own: Own,
    bound: Bound,
    pending: Fields | undefined,
    onChild: (child: PinoLogger) => void,
  ) {
    this.#intake = intake;
    this.target = intake.hftLogger;
    this.#shared = shared;
    this.#own = own;
    this.#bound = bound;
    this.#pending = pending;
    this.onChild = onChild;
    const { table, serializers, formatters, redaction, prefix } = own;
    const { mixin, hooks, nestedKey, levelComparison } = shared;
    this.#serialized = Object.keys(serializers);
    this.#isSimple =
      (mixin ?? hooks?.logMethod ?? nestedKey ?? formatters.log ?? formatters.level ?? redaction) === undefined &&
      prefix === '' &&
      table.isUnshared &&
      (levelComparison === undefined || levelComparison === 'ASC');
    this.isPlain = this.#isSimple && pending === undefined;
    for (const [label, value] of table.own) this.#addMethod(label, value);
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
    const fields = bindingFields(bindings, own, options.formatters?.bindings);
    const pending = this.#pending === undefined ? fields : { ...this.#pending, ...fields };
    const child = new Facade(
      this.#intake,
      this.#shared,
      own,
      { fields, above: this.#bound },
      hasKeys(pending) ? pending : undefined,
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
    const fields = bindingFields(bindings, this.#own, undefined);
    this.#bound = { fields, above: this.#bound };
    this.#pending = { ...this.#pending, ...fields };
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
    return {
      serializers: { ...this.#own.serializers, ...options.serializers },
      formatters: { ...this.#own.formatters, ...options.formatters },
      redaction: redact === undefined ? this.#own.redaction : new PathRedaction(redact),
      prefix: this.#own.prefix + msgPrefix,
      table: customLevels === undefined ? this.#own.table : this.#own.table.with(customLevels),
      level,
    };
  }

  /** From here on the target writes the bindings by itself. */
  #takeScope(): void {
    if (this.#pending !== undefined) this.#intake = this.#intake.with(this.#pending);
    this.#pending = undefined;
    this.target = this.#intake.hftLogger;
    this.isPlain = this.#isSimple;
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
    if (typeof first === 'object') for (const key of this.#serialized) if (Object.hasOwn(first as object, key)) return false;
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
      !this.#isSimple ||
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
      const [template, ...params] = isMerge || first === undefined ? others : args;
      const prefixed = template === undefined || template === null ? template : withPrefix(this.#own.prefix, template);
      const isText = prefixed !== undefined && typeof prefixed !== 'object';
      const { text, left } = isText ? format(textOf(prefixed), params) : { text: undefined, left: [prefixed, ...params] };
      const { message, fields } = this.#record(isMerge ? first : undefined, text, value);
      const all = this.#pending === undefined ? fields : { ...this.#pending, ...fields };
      this.#intake.call(severity, [message, all, ...left]);
    });
  }

  /** pino's steps from a call's object to the fields of its record. */
  #record(merge: object | undefined, text: string | undefined, value: number): { message: unknown; fields: Fields | undefined } {
    const { errorKey, messageKey, mixin, mixinMergeStrategy, nestedKey } = this.#shared;
    const { serializers, formatters, redaction } = this.#own;
    let fields = mergeFields(merge, errorKey);
    if (mixin !== undefined) {
      fields = attempt(
        () => {
          const mixed = mixin(fields, value, this as unknown as PinoLogger);
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
    let message: unknown = text;
    if (message === undefined) {
      const { [messageKey]: own, ...others } = fields;
      const error = fields[errorKey];
      if (own !== undefined) {
        message = own;
        fields = others;
      } else message = error instanceof Error ? error.message : '';
    }
    if (serializers[messageKey] !== undefined) message = serialized(serializers, messageKey, message);
    fields = expandErrorLike(serializedFields(serializers, fields, errorKey));
    if (redaction !== undefined) fields = redaction.apply(fields);
    if (nestedKey !== undefined && hasKeys(fields)) fields = { [nestedKey]: fields };
    const label = this.levels.labels[value];
    const levelFormatter = formatters.level;
    if (levelFormatter !== undefined) {
      const { level: _, ...beside } = attempt<Fields>(
        () => levelFormatter(label, value) as Fields,
        (thrown) => ({ 'pino.formatters.level': thrown }),
      );
      fields = { ...beside, ...fields };
    }
    return { message: typeof message === 'string' ? message : (message ?? ''), fields: hasKeys(fields) ? fields : undefined };
  }
}

// An emitter without running its constructor, as pino has it: there is a child for each request.
Object.setPrototypeOf(Facade.prototype, EventEmitter.prototype);
// pino's types have it, nothing reads it.
Object.defineProperty(Facade.prototype, 'useLevelLabels', { value: false, writable: true });

/** A text, or a plain object and a text. Directives in a text alone have nothing to take. */
function isUsual(first: unknown, second: unknown): boolean {
  if (second === undefined) return typeof first === 'string';
  return (
    typeof second === 'string' && typeof first === 'object' && first !== null && Object.getPrototypeOf(first) === Object.prototype
  );
}

/** Without the arguments at its end that were not given. */
function trimmed(args: readonly unknown[]): readonly unknown[] {
  return args.slice(0, args.findLastIndex((arg) => arg !== undefined) + 1);
}

function withPrefix(prefix: string, template: unknown): unknown {
  return prefix !== '' && typeof template !== 'object' ? prefix + textOf(template) : template;
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

function serialized(serializers: Serializers, key: string, value: unknown): unknown {
  return attempt<unknown>(
    () => unserialized(serializers[key](value as never)),
    (thrown) => thrown,
  );
}

function serializedFields(serializers: Serializers, fields: Fields, errorKey: string): Fields {
  if (!hasKeys(serializers)) return fields;
  const result: Fields = {};
  for (const key of Object.keys(fields)) {
    const name = Object.hasOwn(serializers, key)
      ? key
      : key === errorKey && Object.hasOwn(serializers, 'err')
        ? 'err'
        : undefined;
    result[key] = name === undefined ? fields[key] : serialized(serializers, name, fields[key]);
  }
  return result;
}

/** Names in pino's bindings that are not fields. */
const NOT_BINDINGS: readonly string[] = ['level', 'serializers', 'formatters', 'customLevels'];

function bindingFields(bindings: Bindings, { serializers, redaction }: Own, formatter: PinoFormatters['bindings']): Fields {
  const formatted = attempt<Fields>(
    () => (formatter?.(bindings) ?? bindings) as Fields,
    (thrown) => ({ ...bindings, 'pino.formatters.bindings': thrown }),
  );
  const kept: Fields = {};
  for (const key of Object.keys(formatted)) {
    const value = readProperty(formatted, key);
    if (value !== undefined && !NOT_BINDINGS.includes(key)) kept[key] = value;
  }
  const fields = serializedFields(serializers, kept, 'err');
  return redaction?.apply(fields) ?? fields;
}

function hasKeys(object: object): boolean {
  for (const _ in object) return true;
  return false;
}

/** A root logger; see `pino` in pino.ts. */
export function makeFacade(intake: IntakeLogger, options: PinoOptions): PinoLogger {
  const { customLevels, useOnlyCustomLevels = false, redact, base, enabled = true, onChild = () => {} } = options;
  if (useOnlyCustomLevels && customLevels === undefined)
    throw new Error('customLevels is required if useOnlyCustomLevels is set true');
  const own: Own = {
    // The standard serializer of errors makes less of them than our own encoding.
    serializers: Object.fromEntries(
      Object.entries(options.serializers ?? {}).filter(([, each]) => each !== (stdSerializers.err as unknown)),
    ),
    formatters: options.formatters ?? {},
    redaction: redact === undefined || redact === null ? undefined : new PathRedaction(redact),
    prefix: options.msgPrefix ?? '',
    table: new LevelTable(useOnlyCustomLevels ? { ...customLevels } : { ...PINO_LEVELS, ...customLevels }),
    level: enabled ? levelOf(options.level) : SILENT,
  };
  const { mixin, mixinMergeStrategy, hooks, nestedKey, levelComparison, messageKey = 'msg', errorKey = 'err' } = options;
  const shared = { mixin, mixinMergeStrategy, hooks, nestedKey, levelComparison, messageKey, errorKey } as Shared;
  const fields = bindingFields(base ?? {}, own, own.formatters.bindings);
  const root = hasKeys(fields) ? intake.with(fields) : intake;
  return new Facade(root, shared, own, { fields, above: undefined }, undefined, onChild) as unknown as PinoLogger;
}

function levelOf(level: string | undefined): string | undefined {
  return level !== undefined && Object.hasOwn(PINO_LEVELS, level.toLowerCase()) ? level.toLowerCase() : level;
}
