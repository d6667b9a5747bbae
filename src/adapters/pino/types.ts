/**
 * Types of the facade, in pino's terms. Declared here, so that the types compile where pino is not installed.
 */
import type { EventEmitter } from 'node:events';
import type { HFTLogger } from '../../caller/api.ts';
import type { PinoRedact } from './redact.ts';

export type LogFn = (...args: unknown[]) => void;

export type Bindings = Record<string, unknown>;

export type Serializers = Readonly<Record<string, (value: never) => unknown>>;

export interface PinoFormatters {
  /** Its other properties beside `level` become fields; the record's own level stays what it is. */
  readonly level?: (label: string, number: number) => object;
  readonly bindings?: (bindings: Bindings) => object;
  readonly log?: (fields: Record<string, unknown>) => object;
}

export interface PinoChildOptions {
  readonly level?: string;
  readonly msgPrefix?: string;
  readonly serializers?: Serializers;
  readonly formatters?: PinoFormatters;
  readonly redact?: readonly string[] | PinoRedact;
  readonly customLevels?: Readonly<Record<string, number>>;
}

export interface PinoOptions extends Omit<PinoChildOptions, 'level'> {
  /** Logger that the records are written with. Default: `getLogger('pino')`, or the one of pino's `name`. */
  readonly logger?: HFTLogger;
  /** Becomes the logger's name, which `levels` and routes use. */
  readonly name?: string;
  /** Least level that is handed on; `silent`: none. Default: what `level` and `levels` of the configuration let through, which hold in any case. */
  readonly level?: string;
  /** `false` is `level: 'silent'`. */
  readonly enabled?: boolean;
  /** Fields of every record. Default: none, because the resource says which process it is. */
  readonly base?: Bindings | null;
  readonly useOnlyCustomLevels?: boolean;
  readonly levelComparison?: 'ASC' | 'DESC' | ((current: number, expected: number) => boolean);
  readonly mixin?: (mergeObject: object, level: number, logger: PinoLogger) => object;
  readonly mixinMergeStrategy?: (mergeObject: object, mixinObject: object) => object;
  readonly hooks?: {
    readonly logMethod?: (this: PinoLogger, args: unknown[], method: LogFn, level: number) => void;
    /** Not called: there is no line here that it could change. */
    readonly streamWrite?: (line: string) => string;
  };
  /** Field that is the message of a record without one. Default: `msg`. */
  readonly messageKey?: string;
  /** Field that an error alone is written under, for serializers of that name. Default: `err`. */
  readonly errorKey?: string;
  /** Field that a call's fields are written below. Default: none. */
  readonly nestedKey?: string;
  readonly onChild?: (child: PinoLogger) => void;
  /** Ignored: each record has the time of its call, in nanoseconds. */
  readonly timestamp?: unknown;
  /** Ignored: limits of values are the package's own. */
  readonly depthLimit?: number;
  readonly edgeLimit?: number;
  readonly crlf?: boolean;
}

/** pino's logger, over the ring. It can be handed to what asks for a `pino.Logger`. */
export interface PinoLogger<Custom extends string = never> extends EventEmitter {
  trace: LogFn;
  debug: LogFn;
  info: LogFn;
  warn: LogFn;
  error: LogFn;
  fatal: LogFn;
  silent: LogFn;
  /** Name of the least level that is handed on. Set, it holds for this logger and the children it makes from then on. */
  level: string;
  readonly levelVal: number;
  readonly levels: { labels: Record<number, string>; values: Record<string, number> };
  /** Levels of the user's own: names that pino does not have, or with other numbers. */
  readonly customLevels: { [label in Custom]: number };
  readonly useOnlyCustomLevels: boolean;
  /** As in pino: not used. */
  useLevelLabels: boolean;
  readonly msgPrefix: string | undefined;
  readonly serializers: Serializers;
  readonly version: string;
  // biome-ignore lint/suspicious/noExplicitAny: a function of pino's own loggers must fit here, and this property where pino's is asked for.
  onChild: (child: any) => void;
  isLevelEnabled(level: string): boolean;
  child<Child extends string = never>(
    bindings: Bindings,
    options?: PinoChildOptions & { readonly customLevels?: Readonly<Record<Child, number>> },
  ): PinoLogger<Custom | Child> & Readonly<Record<Custom | Child, LogFn>>;
  bindings(): Bindings;
  setBindings(bindings: Bindings): void;
  /** Everything written before goes through every backend; `callback` gets an error when that was not so in five seconds. */
  flush(callback?: (error?: Error) => void): void;
}
