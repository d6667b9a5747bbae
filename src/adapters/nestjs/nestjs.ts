/**
 * `hft-otel/nestjs`: Nest's logger. The context that Nest hands along, the name of a class, is the logger's name.
 *
 * ```ts
 * const app = await NestFactory.create(AppModule, { logger: nestLogger() });
 * ```
 */
import type { HFTLogger } from '../../caller/api.ts';
import { IntakeLogger } from '../../intake/intake.ts';
import { getLogger } from '../../process/factories.ts';
import { type Level, rankOfLevel, SEVERITY_NUMBERS } from '../../record.ts';

export interface NestLoggerOptions {
  /** Logger of records without a context. Default: `getLogger('nest')`. */
  readonly logger?: HFTLogger;
}

/** Nest's levels from the least severe up, and ours. */
const LEVELS = {
  verbose: 'trace',
  debug: 'debug',
  log: 'info',
  warn: 'warning',
  error: 'error',
  fatal: 'fatal',
} as const satisfies Record<string, Level>;

type NestLevel = keyof typeof LEVELS;

const ORDER = Object.keys(LEVELS) as NestLevel[];

/** Contexts are names of classes. Beyond so many they are taken for made up as the program goes, and become a field. */
const MAX_CONTEXTS = 1_000;

/** A text that is the stack of an error, by Nest's own test. */
const STACK = /^(?:.)+\n\s+at .+:\d+:\d+/;
const TYPE = /^(?:Uncaught )?([\w$.]+)(?:: ([\s\S]*?))?\n\s+at /;

/** Nest's `LoggerService`. */
export class NestLogger {
  readonly #intake: IntakeLogger;
  readonly #contexts = new Map<string, IntakeLogger>();
  /** Place of the level from which on all are handed on, and of those below it that are too. */
  #least = 0;
  #named: ReadonlySet<number> = new Set();

  constructor({ logger = getLogger('nest') }: NestLoggerOptions = {}) {
    this.#intake = IntakeLogger.over(logger);
  }

  log(message: unknown, ...more: unknown[]): void {
    this.#write('log', [message, ...more]);
  }

  /** Behind the message: the stack of an error, then the context. */
  error(message: unknown, ...more: unknown[]): void {
    this.#write('error', [message, ...more]);
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.#write('warn', [message, ...more]);
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.#write('debug', [message, ...more]);
  }

  verbose(message: unknown, ...more: unknown[]): void {
    this.#write('verbose', [message, ...more]);
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.#write('fatal', [message, ...more]);
  }

  /** From here on these are handed on, and those above the most severe of them. The levels of the configuration hold in any case. */
  setLogLevels(levels: readonly string[]): void {
    const known = levels.map((level) => ORDER.indexOf(level as NestLevel));
    this.#least = levels.length === 0 ? ORDER.length : Math.max(...known);
    this.#named = new Set(known);
  }

  #write(level: NestLevel, args: readonly unknown[]): void {
    const at = ORDER.indexOf(level);
    if (at < this.#least && !this.#named.has(at)) return;
    this.#intake.guard(() => {
      const { messages, stack, context } = partsOf(level, args);
      const { intake, fields } = this.#loggerOf(context);
      intake.call({ number: SEVERITY_NUMBERS[rankOfLevel(LEVELS[level])] }, [...messages, stackFields(stack, messages), fields]);
    });
  }

  #loggerOf(context: string | undefined): { intake: IntakeLogger; fields?: object } {
    if (context === undefined) return { intake: this.#intake };
    const known = this.#contexts.get(context);
    if (known !== undefined) return { intake: known };
    if (this.#contexts.size >= MAX_CONTEXTS) return { intake: this.#intake, fields: { context } };
    const intake = this.#intake.named(context);
    this.#contexts.set(context, intake);
    return { intake };
  }
}

export function nestLogger(options: NestLoggerOptions = {}): NestLogger {
  return new NestLogger(options);
}

interface Parts {
  readonly messages: readonly unknown[];
  readonly stack?: string | undefined;
  readonly context?: string | undefined;
}

/** Nest's own rules for the arguments (its `ConsoleLogger`). */
function partsOf(level: NestLevel, args: readonly unknown[]): Parts {
  const last = args.at(-1);
  const isText = args.length > 1 && typeof last === 'string';
  if (level === 'error' && args.length === 2 && isText && STACK.test(last)) return { messages: [args[0]], stack: last };
  const messages = isText ? args.slice(0, -1) : args;
  const context = isText ? last : undefined;
  const stack = messages.at(-1);
  if (level === 'error' && messages.length > 1 && (stack === undefined || (typeof stack === 'string' && STACK.test(stack)))) {
    return { messages: messages.slice(0, -1), stack, context };
  }
  return { messages, context };
}

/** The record's exception, of which the stack is known. A message that is the Error itself says it all. */
function stackFields(stack: string | undefined, messages: readonly unknown[]): object | undefined {
  if (stack === undefined || messages.some((message) => message instanceof Error)) return undefined;
  const [, type, message] = TYPE.exec(stack) ?? [];
  return {
    ...(type !== undefined && { 'exception.type': type }),
    ...(message !== undefined && { 'exception.message': message }),
    'exception.stacktrace': stack,
  };
}
