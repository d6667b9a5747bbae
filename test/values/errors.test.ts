import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LogRecordData } from '../../src/contract/backend.ts';
import { textLine } from '../../src/encoders/text/record.ts';
import { createLogging, type Fields } from '../../src/index.ts';
import { compileRedaction } from '../../src/redaction/redaction.ts';
import { createTestLogging } from '../../src/testing.ts';
import { jsonLinesIn, temporaryFolder } from '../support/child.ts';
import { closeAfterTest } from '../support/closing.ts';
import { TEST_SCOPE, TestLane } from '../support/lane.ts';
import { startOtlpServer } from '../support/otlp-server.ts';
import { SEED } from '../support/seed.ts';
import { writtenThrough } from '../support/written-through.ts';

/** What a test may look into. */
// biome-ignore lint/suspicious/noExplicitAny: shapes are what is tested
type Json = any;

const logged = (fields: Fields, message = 'm') => {
  const logging = createTestLogging();
  logging.getLogger('a').error(message, fields);
  return logging.records()[0].attributes as Record<string, Json>;
};

describe('what causes carry is there, at any depth', () => {
  test('a cause that is a plain object', () => {
    const attributes = logged({ e: new Error('o', { cause: { code: 'E_RISK', orderId: 7 } }) });
    expect(attributes['exception.cause']).toEqual({ code: 'E_RISK', orderId: 7 });
  });

  test('any sequence of errors has the stacks of each with those of its own causes, whatever the errors before had', () => {
    const stack = fc.constantFrom(
      'Error: a',
      'Error: b',
      `Error: ${'é'.repeat(300)}`,
      `Error: ${'x'.repeat(300)}`,
      'y'.repeat(9_000),
    );
    const logging = createTestLogging();
    const log = logging.getLogger('a');
    fc.assert(
      fc.property(fc.array(fc.array(stack, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 12 }), (chains) => {
        const wanted = chains.map((stacks) => stacks.join('\nCaused by: '));
        for (const stacks of chains) {
          const error = stacks.reduceRight<Error | undefined>(
            (cause, text) => Object.assign(new Error('m', cause && { cause }), { stack: text }),
            undefined,
          );
          log.error('failed', { error: error! });
        }
        const records = logging.records().slice(-chains.length);
        expect(records.map(({ attributes }) => attributes['exception.stacktrace'])).toEqual(wanted);
      }),
      { numRuns: 50 },
    );
  });

  test('own properties of causes, and their stacks once', () => {
    const inner = Object.assign(new RangeError('inner'), { code: 'E_INNER' });
    const middle = Object.assign(new Error('middle', { cause: inner }), { attempt: 3 });
    const attributes = logged({ e: new TypeError('outer', { cause: middle }) });
    expect(attributes['exception.type']).toBe('TypeError');
    expect(attributes['exception.cause']).toEqual({
      type: 'Error',
      message: 'middle',
      attempt: 3,
      cause: { type: 'RangeError', message: 'inner', code: 'E_INNER' },
    });
    expect(attributes['exception.stacktrace'].match(/Caused by: /g)).toHaveLength(2);
  });

  test("fetch's TypeError with an AggregateError as its cause", () => {
    const refused = (address: string) =>
      Object.assign(new Error(`connect ECONNREFUSED ${address}`), { code: 'ECONNREFUSED', address });
    const cause = Object.assign(new AggregateError([refused('::1'), refused('127.0.0.1')]), { code: 'ECONNREFUSED' });
    const attributes = logged({ err: new TypeError('fetch failed', { cause }) });
    expect(attributes['exception.cause']).toMatchObject({
      type: 'AggregateError',
      code: 'ECONNREFUSED',
      errors: [
        { message: 'connect ECONNREFUSED ::1', code: 'ECONNREFUSED', address: '::1' },
        { message: 'connect ECONNREFUSED 127.0.0.1', code: 'ECONNREFUSED', address: '127.0.0.1' },
      ],
    });
    expect(attributes['exception.cause'].errors[0].stack).toContain('ECONNREFUSED ::1');
  });

  test('a SuppressedError has both errors', () => {
    const Suppressed = (globalThis as Json).SuppressedError as new (
      error: unknown,
      suppressed: unknown,
      message: string,
    ) => Error;
    const attributes = logged({ err: new Suppressed(new Error('closing'), new Error('working'), 'both') });
    expect(attributes['exception.error']).toMatchObject({ message: 'closing' });
    expect(attributes['exception.suppressed']).toMatchObject({ message: 'working' });
  });
});

describe('what some code has put in place of a message or of a stack is there', () => {
  test("an object as the message, of an error in a field and of one that is the record's own; credentials in it are redacted", () => {
    const error = new Error('x');
    Object.assign(error, { message: { code: 5, apiKey: 'S3CRET' } });
    const logging = createTestLogging();
    logging.getLogger('a').error('m', { error });
    logging.getLogger('a').error(error);
    const message = { code: 5, apiKey: '[redacted]' };
    expect(logging.records()).toMatchObject([
      { body: 'm', attributes: { 'exception.type': 'Error', 'exception.message': message } },
      { body: 'Error', attributes: { 'exception.type': 'Error', 'exception.message': message } },
    ]);
    expect(textLine(logging.records()[0], { colored: false, date: false })).toContain('"code":5');
  });

  test.each([12, null, undefined, true, 10n])('a message that is %s is a text', (message) => {
    expect(logged({ e: Object.assign(new Error('x'), { message }) })['exception.message']).toBe(String(message));
  });

  test('frames as objects, as Error.prepareStackTrace may give them', () => {
    const { prepareStackTrace } = Error;
    const error = new RangeError('x');
    Error.prepareStackTrace = (_, frames) => frames;
    void error.stack;
    Error.prepareStackTrace = prepareStackTrace;
    const attributes = logged({ error, further: [error] });
    expect(attributes['exception.stacktrace']).toMatch(/^RangeError: x\n {4}at .*errors\.test\.ts:\d+:\d+/);
  });

  test('nothing that can stand there makes a call throw, or a record vanish', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (message, stack) => {
        const attributes = logged({ e: Object.assign(new Error('x'), { message, stack }) });
        expect(attributes['exception.type']).toBe('Error');
        expect(attributes).toHaveProperty(['exception.message']);
        expect(attributes['exception.stacktrace']).toBeTypeOf('string');
      }),
    );
  });
});

describe('properties with the names of our own', () => {
  const own = () =>
    Object.assign(new RangeError('r'), { type: 'order.rejected', errors: ['a'], stacktrace: 'mine', name: 'Named' });

  test("of the record's error", () => {
    expect(logged({ err: own() })).toMatchObject({
      'exception.type': 'Named',
      'exception.stacktrace': expect.stringContaining(': r'),
      'exception.type_': 'order.rejected',
      'exception.stacktrace_': 'mine',
      'exception.errors': ['a'],
    });
  });

  test('of a second, and of a nested error', () => {
    const attributes = logged({ err: new Error('first'), second: own(), deep: { in: [own()] } });
    for (const error of [attributes.second, attributes.deep.in[0]]) {
      expect(error).toMatchObject({
        type: 'Named',
        type_: 'order.rejected',
        errors: ['a'],
        stack: expect.stringContaining(': r'),
      });
    }
  });
});

describe('two errors in one record', () => {
  test('one in the context, one in the call: each where it belongs', () => {
    const logging = createTestLogging();
    logging
      .getLogger('a')
      .withContext({ since: new Error('context') })
      .error('m', { err: new TypeError('call') });
    const { attributes } = logging.records()[0];
    expect(attributes).toMatchObject({
      'exception.type': 'TypeError',
      'exception.message': 'call',
      since: { type: 'Error', message: 'context' },
    });
  });

  test("an error as the message is the record's own, one in a field stays there", () => {
    const logging = createTestLogging();
    logging.getLogger('a').error(new TypeError('message') as never, { err: new Error('field'), error: new RangeError('third') });
    expect(logging.records()[0]).toMatchObject({
      body: 'message',
      attributes: {
        'exception.type': 'TypeError',
        'exception.message': 'message',
        err: { type: 'Error', message: 'field' },
        error: { type: 'RangeError', message: 'third' },
      },
    });
  });

  test('the same for what a caller writes through', () => {
    const scope = { ...TEST_SCOPE, attributes: { since: new Error('context') } };
    expect(writtenThrough({ err: new TypeError('call') }, scope)).toMatchObject({
      'exception.message': 'call',
      since: { message: 'context' },
    });
  });
});

describe('redaction of errors goes by the names that the caller has written', () => {
  const attributesOf = (redact: string[], fields: Fields) => {
    const logging = createTestLogging({ redact });
    logging.getLogger('a').error('m', fields);
    return shown(logging.records()[0].attributes);
  };
  const failed = () => Object.assign(new Error('m'), { config: { data: 'SECRET', url: 'u' } });

  test.each([
    ['err.config.data', { err: failed() }],
    ['exception.config.data', { err: failed() }],
    ['config.data', { err: failed() }],
    ['err.*.data', { err: failed() }],
    ['config', { err: failed() }],
    ['second.config.data', { err: new Error('x'), second: failed() }],
    ['token', { token: new Error('SECRET') }],
    ['token', { token: failed() }],
    ['cause', { err: new Error('x', { cause: new Error('SECRET') }) }],
    ['err.cause', { err: new Error('x', { cause: new Error('SECRET') }) }],
    ['nested.cause', { nested: { cause: new Error('SECRET') } }],
    ['cause.config', { err: new Error('x', { cause: failed() }) }],
    ['message', { err: new Error('SECRET') }],
    ['second.message', { err: new Error('x'), second: new Error('SECRET') }],
    ['err.errors.*.config', { err: new AggregateError([failed()]) }],
    ['err.errors.config', { err: new AggregateError([failed()]) }],
    ['error.config', { error: failed() }],
  ])('%s', (entry, fields) => {
    expect(attributesOf([], fields)).toContain('SECRET');
    expect(attributesOf([entry], fields)).not.toContain('SECRET');
    expect(attributesOf([entry], fields)).toContain('[redacted]');
  });

  test('a known shape, too', () => {
    const logging = createTestLogging({ redact: ['token', 'err.config.data'] });
    const log = logging.getLogger('a');
    for (let i = 0; i < 60; i++) log.error('m', { token: new Error('SECRET'), n: i });
    for (let i = 0; i < 60; i++) log.error('n', { err: failed(), n: i });
    expect(shown(logging.records())).not.toContain('SECRET');
  });
});

/** A text that no other part of an error holds by accident. */
let serial = 0;
const token = () => `T${++serial}Z`;

interface Tree {
  readonly make: () => unknown;
  /** What must be found in every output. */
  readonly tokens: readonly string[];
}

/** Errors of any class with own properties, causes and inner errors, and what is no error as a cause. */
const tree: fc.Memo<Tree> = fc.memo((depth) => {
  const leaf = fc.constantFrom('text', 'number', 'object').map((kind): Tree => {
    const text = token();
    return { make: () => (kind === 'text' ? text : kind === 'number' ? text : { code: text }), tokens: [text] };
  });
  if (depth <= 1) return leaf;
  const below = fc.oneof(leaf, tree());
  return fc
    .record({
      kind: fc.constantFrom('Error', 'TypeError', 'Aggregate', 'Suppressed', 'Custom', 'Foreign'),
      cause: fc.option(below),
      inner: fc.array(below, { maxLength: 2 }),
      own: fc.dictionary(fc.constantFrom('code', 'type', 'errors', 'status', 'stacktrace', 'details', 'error'), below, {
        maxKeys: 3,
      }),
    })
    .map(({ kind, cause, inner, own }): Tree => {
      const message = token();
      const parts = [...(cause === null ? [] : [cause]), ...Object.values(own)];
      const isAggregate = kind === 'Aggregate' && !('errors' in own);
      const isSuppressed = kind === 'Suppressed' && inner.length === 2 && !('error' in own);
      if (isAggregate || isSuppressed) parts.push(...inner);
      const make = () => {
        class RiskError extends Error {}
        let error: Error;
        if (isAggregate)
          error = new AggregateError(
            inner.map((each) => each.make()),
            message,
          );
        else if (isSuppressed) error = new (globalThis as Json).SuppressedError(inner[0].make(), inner[1].make(), message);
        else
          error = kind === 'Custom' ? new RiskError(message) : kind === 'TypeError' ? new TypeError(message) : new Error(message);
        if (cause !== null) error.cause = cause.make();
        for (const [key, each] of Object.entries(own)) (error as Json)[key] = each.make();
        return error;
      };
      return { make, tokens: [message, ...parts.flatMap(({ tokens }) => tokens)] };
    });
});

const forest = fc.sample(tree(4), { numRuns: 400, seed: SEED });

test('of errors as trees, everything that can be read is in every output, and nothing is left out at any of them', async () => {
  using folder = temporaryFolder();
  const server = closeAfterTest(await startOtlpServer());
  const bridged: LogRecordData[] = [];
  const logging = createLogging({
    level: 'debug',
    ringBufferSize: 50_000,
    backends: {
      file: { path: `${folder.path}/app.jsonl`, level: 'debug', bufferBytes: 2 ** 26 },
      audit: { path: `${folder.path}/audit.jsonl` },
      otlp: { logsEndpoint: server.logsUrl, level: 'debug', queueBytes: 2 ** 26 },
      bridge: { level: 'debug', target: (record) => void bridged.push(record) },
    },
    routes: [
      { when: { type: 'logs' }, to: ['file', 'otlp', 'bridge'] },
      { when: { type: 'audit' }, to: ['audit', 'otlp', 'bridge'] },
    ],
    routesMode: 'replace',
  });
  const log = logging.getLogger('a');
  forest.forEach(({ make }, i) => {
    const made = make();
    if (i % 5 === 0) log.error(`m${i}`, { i, err: made });
    else if (i % 5 === 1) log.error(made as string, { i });
    else if (i % 5 === 2) log.error(`m${i}`, { i, list: [{ made }] });
    else if (i % 5 === 3) log.withContext({ made }).error(`m${i}`, { i });
    else log.audit(`m${i}`, { i, made });
  });
  const report = await logging.shutdown({ timeoutMillis: 60_000 });
  expect(report.complete).toBe(true);

  const lines = [...jsonLinesIn(folder.path, 'app'), ...jsonLinesIn(folder.path, 'audit')];
  const inJson = new Map(lines.map((line) => [line.i, JSON.stringify(line)]));
  const inOtlp = new Map(server.received.map((record) => [Number(record.attributes.i), shown([record.body, record.attributes])]));
  const inBridge = new Map(bridged.map((record) => [record.attributes.i, shown([record.body, record.attributes])]));
  const inText = new Map(bridged.map((record) => [record.attributes.i, textLine(record, { colored: false, date: false })]));
  forest.forEach(({ tokens }, i) => {
    for (const outputs of [inJson, inOtlp, inBridge, inText]) {
      for (const each of tokens) expect(outputs.get(i), `${i}`).toContain(each);
    }
  });
});

test('of errors as trees, a place that has logged many writes what a place writes that logs its first', () => {
  const redaction = compileRedaction(['secret', 'cause.message']);
  const lanes = { hot: new TestLane({ redaction }), cold: () => new TestLane({ redaction }) };
  const ways: ((lane: TestLane, error: Error, i: number) => void)[] = [
    (lane, err, i) => lane.log('failed', { i, err }),
    (lane, err) => lane.log('failed', err),
    (lane, err, i) => lane.log(err as unknown as string, { i }),
    (lane, err, i) => lane.log(`failed ${i} times, token=abc`, { err, i, text: 'x'.repeat(i % 60) }),
    (lane, err, i) => lane.log('failed', { first: err, second: err, i }),
  ];
  for (let i = 0; i < 40 * ways.length; i++)
    ways[i % ways.length](lanes.hot, new Error('before', { cause: new Error('inner') }), i);
  lanes.hot.drain();
  forest.forEach(({ make }, i) => {
    const error = make() as Error;
    for (const way of ways) {
      const cold = lanes.cold();
      way(lanes.hot, error, i);
      way(cold, error, i);
      const [got] = lanes.hot.drain();
      const [want] = cold.drain();
      expect([got.body, got.attributes]).toEqual([want.body, want.attributes]);
    }
  });
});

test('a caller who writes through writes all of it, too', () => {
  for (const { make, tokens } of forest) {
    const text = JSON.stringify(writtenThrough({ made: make() }));
    for (const each of tokens) expect(text).toContain(each);
  }
});

function shown(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}` : each));
}
