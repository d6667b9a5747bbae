/**
 * Loggers with options of every kind, and calls of every kind, in three ways: pino itself, pino with our destination, and the facade. The line that pino writes
 * says what the records have to be.
 */
import fc from 'fast-check';
import realPino from 'pino';
import { expect, test } from 'vitest';
import { type PinoOptions, pino, pinoDestination } from '../../src/adapters/pino/pino.ts';
import { createTestLogging, type LogRecordData } from '../../src/testing.ts';

type Fields = Record<string, unknown>;
type Logger = Record<string, (...args: unknown[]) => void> & { child(bindings: object, options?: object): Logger };

/** What serializers and redaction have to hide has it in its text. */
const SECRET = 'secret1';
const IDS = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331', trace_flags: '01' };

const masked = (text: unknown) => String(text).replaceAll(SECRET, '***');

/** OpenTelemetry's numbers and texts for the levels below. */
const SEVERITIES: Readonly<Record<string, readonly [number, string]>> = {
  trace: [1, 'TRACE'],
  debug: [5, 'DEBUG'],
  info: [9, 'INFO'],
  notice: [10, 'NOTICE'],
  audited: [11, 'AUDITED'],
  warn: [13, 'WARN'],
  error: [17, 'ERROR'],
  fatal: [21, 'FATAL'],
  crit: [21, 'CRIT'],
  critical: [21, 'CRITICAL'],
  alert: [22, 'ALERT'],
  emerg: [23, 'EMERG'],
};
const OURS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];
const SYSLOG = { emerg: 80, alert: 70, crit: 60, error: 50, warn: 40, notice: 30, info: 20, debug: 10 };

const levels = fc.constantFrom(
  { options: {}, methods: OURS },
  { options: { customLevels: { audited: 35, critical: 70 } }, methods: [...OURS, 'audited', 'critical'] },
  { options: { customLevels: { notice: 30, crit: 60 } }, methods: [...OURS, 'notice', 'crit'] },
  { options: { customLevels: SYSLOG, useOnlyCustomLevels: true, level: 'debug' }, methods: Object.keys(SYSLOG) },
);

const text = fc.constantFrom('placed', `token ${SECRET}`, '', '100 %', 'ä "quoted"');
const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.constantFrom('t', SECRET, ''));
const nested = fc.record({ c: scalar, d: fc.array(fc.integer(), { maxLength: 2 }) }, { requiredKeys: [] });

class OrderError extends Error {
  readonly c: string;
  constructor(message: string, c: string) {
    super(message);
    this.c = c;
  }
}

const error = fc
  .tuple(
    fc.constantFrom(Error, TypeError, OrderError),
    fc.constantFrom('broken', `broken ${SECRET}`),
    fc.constantFrom('5', SECRET),
  )
  .map(([Class, message, c]) => Object.assign(new Class(message, c), { c, stack: `${Class.name}: …` }));

const fieldsOf = (more: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc
    .tuple(
      fc.record({ a: scalar, b: nested, x: fc.oneof(scalar, nested), ...more }, { requiredKeys: [] }),
      fc.oneof({ arbitrary: fc.constant({}), weight: 4 }, { arbitrary: fc.constant(IDS), weight: 1 }),
    )
    .map(([fields, ids]) => ({ ...fields, ...ids }) as Fields);

const errorSerializer = fc.constantFrom<unknown>(
  undefined,
  realPino.stdSerializers.err,
  // Its name is that of pino's own.
  function errSerializer({ message, c }: OrderError) {
    return { type: 'Masked', message: masked(message), stack: 'none', c: masked(c) };
  },
  realPino.stdSerializers.wrapErrorSerializer((each) => {
    const { message, c } = each as unknown as OrderError;
    return Object.assign(each, { message: masked(message), stack: 'none', c: masked(c) });
  }),
);

const redaction = (messageKey: string, errorKey: string) =>
  fc.constantFrom<unknown>(
    undefined,
    undefined,
    ['a', 'b.c'],
    ['*.c'],
    [messageKey, `${errorKey}.c`, 'err.c'],
    [`${errorKey}.message`, 'err.message'],
    { paths: ['a', 'x.c', `${errorKey}.c`], remove: true },
    { paths: ['a', 'b.c'], censor: (_: unknown, path: string[]) => `at ${path.join('.')}` },
  );

const serializers = (messageKey: string) =>
  fc
    .record(
      { [messageKey]: fc.constant(masked), a: fc.constant((value: unknown) => `<${typeof value}>`), err: errorSerializer },
      { requiredKeys: [] },
    )
    .map((all) => Object.fromEntries(Object.entries(all).filter(([, each]) => each !== undefined)));

const rare = <Value>(value: Value) =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 4 }, { arbitrary: fc.constant(value), weight: 1 });

const plan = fc
  .record({ levels, messageKey: fc.constantFrom('msg', 'message'), errorKey: fc.constantFrom('err', 'failure') })
  .chain(({ levels: { options, methods }, messageKey, errorKey }) => {
    const isNested = rare('data');
    return fc.record({
      messageKey: fc.constant(messageKey),
      errorKey: fc.constant(errorKey),
      options: fc
        .record({
          serializers: fc.oneof(fc.constant({}), serializers(messageKey)),
          redact: redaction(messageKey, errorKey),
          nestedKey: isNested,
          msgPrefix: rare('p '),
          mixin: rare(() => ({ a: 'mixed', mixed: 1 })),
          formatters: fc
            .record({
              log: rare((fields: Fields) => ({ ...fields, logged: true })),
              level: rare((label: string, level: number) => ({ level, said: label })),
            })
            .map((all) => Object.fromEntries(Object.entries(all).filter(([, each]) => each !== undefined))),
          base: fc.constantFrom(null, { env: 'x' }),
        })
        .map(
          (all): Fields => ({
            level: 'trace',
            ...options,
            messageKey,
            errorKey,
            ...Object.fromEntries(Object.entries(all).filter(([, each]) => each !== undefined)),
          }),
        ),
      children: fc.array(
        fc.tuple(
          fieldsOf({ err: error }),
          fc.oneof(
            fc.constant({}),
            fc.constant({ msgPrefix: 'c ' }),
            fc.constant({ redact: ['x', 'err.c'] }),
            serializers(messageKey).map((own) => ({ serializers: own })),
          ),
        ),
        { maxLength: 2 },
      ),
      calls: fc.array(
        fc.tuple(
          fc.constantFrom(...methods),
          fc.oneof(
            fc.tuple(text),
            fc.tuple(fieldsOf({}), text),
            fc.tuple(fieldsOf({ [errorKey]: error }), text),
            fc.tuple(fieldsOf({ [errorKey]: error, [messageKey]: text })),
            fc.tuple(error),
            fc.tuple(error, text),
            fc.tuple(fc.constantFrom(null, undefined), text),
            fc.tuple(fc.constantFrom('%s', 'of %d'), scalar),
            fc.tuple(fc.constant('%j and %o'), nested, nested),
            fc.tuple(fieldsOf({}), fc.constant('%s'), scalar),
          ),
        ),
        { minLength: 1, maxLength: 7 },
      ),
    });
  });

/** What a line of pino says, in our terms. */
function saidBy(
  line: string,
  { messageKey, errorKey, labels }: { messageKey: string; errorKey: string; labels: Readonly<Record<number, string>> },
) {
  const { level, time: _, [messageKey]: body = '', ...fields } = JSON.parse(line) as Fields;
  const errors = [errorKey, 'err'].map((key) => fields[key] as Fields | undefined).filter((each) => each !== undefined);
  delete fields[errorKey];
  delete fields.err;
  const { trace_id: traceId, span_id: spanId, trace_flags: __, ...attributes } = fields;
  const [severityNumber, severityText] = SEVERITIES[labels[level as number]]!;
  const { type, message, stack, ...more } = errors[0] ?? {};
  return {
    severityNumber,
    severityText,
    body,
    traceId,
    spanId,
    attributes,
    exception: errors.length === 0 ? undefined : { type, message, stacktrace: stack, ...more },
  };
}

/** A record of ours in the same terms. Of its exception, what the line has too: where a logger and a call have an error, both may have said something of theirs. */
function inTermsOf(
  said: ReturnType<typeof saidBy>,
  record: LogRecordData,
  { messageKey, errorKey }: { messageKey: string; errorKey: string },
) {
  const { severityNumber, severityText, body, traceId, spanId } = record;
  const { component: _, ...all } = record.attributes as Fields;
  const isOfError = (key: string) => key.startsWith('exception.') || key === errorKey || key === 'err';
  // Beside a text, a field of the message's name stays a field. pino writes both, and readers take the last.
  const attributes = Object.fromEntries(Object.entries(all).filter(([key]) => !isOfError(key) && key !== messageKey));
  const hasException = Object.keys(all).some((key) => key.startsWith('exception.'));
  const exception = Object.fromEntries(Object.keys(said.exception ?? {}).map((key) => [key, all[`exception.${key}`]]));
  return { severityNumber, severityText, body, traceId, spanId, attributes, exception: hasException ? exception : undefined };
}

const MAKERS = {
  'pino with our destination': (options: Fields, logging: ReturnType<typeof createTestLogging>) =>
    realPino(options as realPino.LoggerOptions, pinoDestination({ logger: logging.getLogger('app') })),
  'the facade': (options: Fields, logging: ReturnType<typeof createTestLogging>) =>
    pino({ ...(options as PinoOptions), logger: logging.getLogger('app') }),
} as const;

test.each(Object.entries(MAKERS))('a logger of any options says what pino’s line says: %s', (_, make) => {
  const logging = createTestLogging({ redact: [] });
  fc.assert(
    fc.property(plan, ({ options, children, calls, messageKey, errorKey }) => {
      const lines: string[] = [];
      const withChildren = (root: unknown) =>
        children.reduce((logger, [bindings, own]) => logger.child(bindings, own), root as Logger);
      const root = realPino({ ...options, timestamp: false }, { write: (line: string) => void lines.push(line) });
      const theirs = withChildren(root);
      const ours = withChildren(make(options, logging));
      const { labels } = root.levels;
      for (const [method, args] of calls) {
        // An error below a nested key is a value there, and each of the three writes it in its own form.
        if (options.nestedKey !== undefined && args.some((arg) => arg instanceof Error || Object.hasOwn(Object(arg), errorKey)))
          continue;
        lines.length = 0;
        logging.clear();
        theirs[method](...args);
        ours[method](...args);
        expect(logging.records()).toHaveLength(1);
        const [record] = logging.records() as [LogRecordData];
        const said = saidBy(lines[0]!, { messageKey, errorKey, labels });
        expect(inTermsOf(said, record, { messageKey, errorKey })).toEqual(said);
        if (!lines[0]!.includes(SECRET)) expect(JSON.stringify([record.body, record.attributes])).not.toContain(SECRET);
      }
    }),
    { numRuns: 500 },
  );
});
