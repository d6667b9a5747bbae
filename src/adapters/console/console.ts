/**
 * `hft-otel/console`: texts printed with `console` become records.
 *
 * ```ts
 * captureConsole();                     // records, beside what is printed
 * captureConsole({ suppress: true });   // records, and nothing is printed
 * ```
 */
import type { HFTLogger } from '../../caller/api.ts';
import { IntakeLogger } from '../../intake/intake.ts';
import { getLogger } from '../../process/factories.ts';
import { type Level, rankOfLevel, SEVERITY_NUMBERS } from '../../record.ts';
import { fromConsole } from './arguments.ts';

export interface CaptureConsoleOptions {
  /** Logger that the records are written with. Default: `getLogger('console')`. */
  readonly logger?: HFTLogger;
  /** Nothing is printed any more. For services whose own console backend writes the records. Default: false. */
  readonly suppress?: boolean;
  /** Default: the global one. */
  readonly console?: Console;
}

/** Ends the capture and restores the console. */
export interface CapturedConsole extends Disposable {
  restore(): void;
}

type Method = (...args: unknown[]) => void;
type Methods = Record<string, Method>;

/**
 * Methods that print by themselves. The others of the console (`count`, `time`, `timeEnd`, `timeLog`, `assert`) print through `log` and `warn`, and are
 * captured with them; counting and timing go on.
 */
const LEVEL_OF: Readonly<Record<string, Level>> = {
  log: 'info',
  info: 'info',
  warn: 'warning',
  error: 'error',
  debug: 'debug',
  dirxml: 'info',
};

/** Under which the console remembers that it is captured: a second capture replaces the first. */
const CAPTURED = Symbol.for('hft-otel.console');

export function captureConsole(options: CaptureConsoleOptions = {}): CapturedConsole {
  const { logger = getLogger('console'), suppress = false, console: target = globalThis.console } = options;
  const console = target as unknown as Methods & { [CAPTURED]?: CapturedConsole | undefined };
  console[CAPTURED]?.restore();
  const intake = IntakeLogger.over(logger);
  const groups: string[] = [];
  const originals: Methods = {};
  /** A method of the console runs: its record already contains output through another method. */
  let isInside = false;

  const write = (level: Level, args: readonly unknown[]) => {
    const beside = groups.length === 0 ? args : [...args, { 'console.group': [...groups] }];
    intake.call({ number: SEVERITY_NUMBERS[rankOfLevel(level)] }, beside);
  };
  const printed = (name: string, args: unknown[]) => {
    const before = isInside;
    isInside = true;
    try {
      originals[name].apply(target, args);
    } finally {
      isInside = before;
    }
  };
  const wrap = (name: string, record: (args: unknown[]) => void) => {
    const original = console[name];
    if (typeof original !== 'function') return;
    originals[name] = original;
    console[name] = (...args: unknown[]) => {
      if (!isInside) intake.guard(() => record(args));
      if (isInside || !suppress) printed(name, args);
    };
  };

  for (const [name, level] of Object.entries(LEVEL_OF)) wrap(name, (args) => write(level, fromConsole(args)));
  wrap('dir', ([value]) => write('info', fromConsole([value])));
  wrap('table', ([data, columns]) => {
    const isTable = typeof data === 'object' && data !== null;
    write('info', isTable ? ['table', { table: data, ...(columns !== undefined && { columns }) }] : fromConsole([data]));
  });
  wrap('trace', (args) => {
    const at = { stack: '' };
    Error.captureStackTrace(at, console.trace);
    const [message = '', ...objects] = fromConsole(args);
    write('trace', [
      ...(typeof message === 'string' ? [message || 'Trace'] : ['Trace', message]),
      ...objects,
      { 'code.stacktrace': linesOf(at.stack) },
    ]);
  });
  // They print through `log`, and indent what comes behind them; in records its place among the groups is a field.
  for (const name of ['group', 'groupCollapsed']) {
    const original = console[name];
    originals[name] = original;
    console[name] = (...args: unknown[]) => {
      original.apply(target, args);
      const [label = ''] = fromConsole(args);
      groups.push(typeof label === 'string' ? label : '');
    };
  }
  originals.groupEnd = console.groupEnd;
  console.groupEnd = () => {
    groups.pop();
    originals.groupEnd.call(target);
  };

  const captured: CapturedConsole = {
    restore() {
      if (console[CAPTURED] !== captured) return;
      Object.assign(console, originals);
      delete console[CAPTURED];
    },
    [Symbol.dispose]() {
      captured.restore();
    },
  };
  Object.defineProperty(console, CAPTURED, { value: captured, configurable: true, writable: true });
  return captured;
}

/** The lines of a stack that say where. */
function linesOf(stack: string): string {
  return stack.slice(stack.indexOf('\n') + 1);
}
