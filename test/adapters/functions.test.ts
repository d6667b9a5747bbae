/**
 * Lazy fields are a promise of our own loggers. A function that is passed to another logger is a value: nobody expects that a log call cancels orders.
 */
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import fc from 'fast-check';
import realPino from 'pino';
import { describe, expect, test } from 'vitest';
import winston from 'winston';
import { captureConsole } from '../../src/adapters/console/console.ts';
import { fastifyLogger } from '../../src/adapters/fastify/fastify.ts';
import { nestLogger } from '../../src/adapters/nestjs/nestjs.ts';
import { pino, pinoDestination } from '../../src/adapters/pino/pino.ts';
import { HftTransport } from '../../src/adapters/winston/winston.ts';
import { createTestLogging, type TestLogging } from '../../src/testing.ts';

type Log = (...args: unknown[]) => void;
type Logs = Readonly<Record<string, Log>>;

/** Methods of a logger, by their names. */
function methods(logger: object, names: readonly string[]): Log[] {
  return names.map(
    (name) =>
      (...args) =>
        (logger as Logs)[name](...args),
  );
}

function silentConsole(): Console {
  return new Console(new Writable({ write: (_chunk, _encoding, done) => done() }));
}

const PINO_METHODS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'trade'];

/** Ways in which arguments reach us from the methods of other loggers. */
const ADAPTERS: Readonly<Record<string, (logging: TestLogging) => Log[]>> = {
  console: (logging) => {
    const console = silentConsole();
    captureConsole({ console, logger: logging.getLogger('console'), suppress: true });
    return methods(console, ['log', 'info', 'warn', 'error', 'debug', 'dirxml', 'dir', 'table', 'trace']).concat((...args) => {
      console.group(...args);
      console.log(...args);
      console.groupEnd();
    });
  },
  nestjs: (logging) =>
    methods(nestLogger({ logger: logging.getLogger('nest') }), ['log', 'error', 'warn', 'debug', 'verbose', 'fatal']),
  pino: (logging) => {
    const options = { logger: logging.getLogger('pino'), level: 'trace', customLevels: { trade: 35 } };
    return [pino(options), pino(options).child({ a: 1 }), pino({ ...options, nestedKey: 'n' })].flatMap((each) =>
      methods(each, PINO_METHODS),
    );
  },
  fastify: (logging) => methods(fastifyLogger({ logger: logging.getLogger('http') }), ['info', 'error']),
  'pino with its destination': (logging) => {
    const destination = pinoDestination({ logger: logging.getLogger('pino') });
    return methods(realPino({ level: 'trace', customLevels: { trade: 35 } }, destination), PINO_METHODS);
  },
  winston: (logging) => {
    const make = (format: winston.Logform.Format) =>
      winston.createLogger({
        level: 'silly',
        format,
        transports: [new HftTransport({ logger: logging.getLogger('winston') }) as never],
      });
    return [make(winston.format.json()), make(winston.format.splat())].flatMap((each) =>
      methods(each, ['info', 'error', 'verbose', 'http']),
    );
  },
  'the Logs API': (logging) => {
    const logger = logging.loggerProvider.getLogger('library');
    return [9, 10].map(
      (severityNumber) =>
        (body, attributes, exception, ...more) =>
          logger.emit({ severityNumber, body, attributes, exception, ...(more.length > 0 && { context: more[0] }) } as never),
    );
  },
};

/** Functions of every kind that count how often they are called. */
function countingFunctions(count: () => unknown): readonly unknown[] {
  class Book {
    static readonly made = 1;
    constructor() {
      count();
    }
  }
  function named() {
    return count();
  }
  return [
    () => count(),
    named,
    async () => count(),
    function* () {
      yield count();
    },
    (a: unknown) => [a, count()],
    Object.assign(() => count(), { own: 1 }),
    named.bind(undefined),
    Book,
    new Proxy(named, {}),
    new Proxy(() => 1, { apply: count, construct: () => ({ made: count() }) }),
  ];
}

const LOGGINGS = {
  'every record written': {},
  sampled: { sampling: [{ first: 1, every: 2, perMillis: 60_000 }] },
  'with a black box, below the level': { level: 'error', blackBox: { records: 10 } },
} as const;

describe.each(Object.keys(LOGGINGS) as (keyof typeof LOGGINGS)[])('%s', (how) => {
  test.each(Object.keys(ADAPTERS))('%s: no function among the arguments is called, wherever it stands', (name) => {
    let calls = 0;
    const functions = countingFunctions(() => ({ cancelled: ++calls }));
    const leaf = fc.oneof(
      fc.constantFrom(...functions),
      fc.constantFrom('hook', 'orders %s', '%o %d %j', 7, null, undefined, new Error('boom')),
    );
    const argument = fc.oneof(
      { weight: 4, arbitrary: leaf },
      // pino and winston themselves throw at an object without a prototype.
      fc.dictionary(fc.constantFrom('a', 'err', 'hook'), leaf, { noNullPrototype: true }),
      fc.array(leaf, { maxLength: 3 }),
      leaf.map((value) => new Map([['hook', value]])),
      leaf.map((value) => ({ deep: { er: [value] } })),
    );
    const logging = createTestLogging(LOGGINGS[how] as never);
    const logs = ADAPTERS[name](logging);
    fc.assert(
      fc.property(fc.constantFrom(...logs), fc.array(argument, { maxLength: 4 }), (log, args) => {
        log(...args);
        log('text', ...args);
        logging.clear();
        expect(calls).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

function cancelAllOrders() {
  throw new Error('called');
}

test.each(['console', 'nestjs', 'pino', 'fastify', 'winston', 'the Logs API'])(
  '%s: a function behind a text is in the record by its name',
  (name) => {
    const logging = createTestLogging();
    // `dir` and `table` of the console take one value.
    for (const log of ADAPTERS[name](logging).slice(0, 5)) log('shutdown hook:', cancelAllOrders);
    expect(logging.records().length).toBeGreaterThan(1);
    for (const { body, attributes } of logging.records()) {
      expect(body).toBe('shutdown hook:');
      expect(JSON.stringify(attributes)).toContain('"[function cancelAllOrders]"');
    }
  },
);
