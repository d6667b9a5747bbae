/**
 * Sampling leaves records out, counts each of them, and says so: written + left out = logged, whatever is logged.
 */
import { context, TraceFlags, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LevelBoard } from '../../src/caller/level-board.ts';
import { makeProducer, type Producer } from '../../src/caller/producer.ts';
import { Sampler } from '../../src/caller/sampler.ts';
import { componentScope } from '../../src/caller/scopes.ts';
import { decodeFrame } from '../../src/codec/decode.ts';
import { createLogging } from '../../src/index.ts';
import { allocatorOf, SHARED_MEMORY } from '../../src/memory/allocator.ts';
import { openBlock } from '../../src/memory/block.ts';
import { allocateRun } from '../../src/memory/run.ts';
import { allocateSignals } from '../../src/memory/signals.ts';
import { RingLoggerProvider } from '../../src/otel/logger-provider.ts';
import { LaneSource } from '../../src/read/lane-source.ts';
import { LEVELS, type Level } from '../../src/record.ts';
import { NO_REDACTION } from '../../src/redaction/redaction.ts';
import { accountOf } from '../../src/ring/account.ts';
import type { SamplingRule } from '../../src/settings/vocabulary.ts';

const SUMMARY = 'records left out by sampling';
/** Longer than any test takes. */
const perMillis = 86_400_000;

interface Written {
  readonly level: Level;
  readonly body: unknown;
  readonly leftOut: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** What a thread's loggers write under these rules, and what its ring has counted. Without a worker: none of it depends on one. */
function written(config: { sampling: readonly SamplingRule[]; level?: Level }, log: (producer: Producer) => void) {
  const allocator = allocatorOf(SHARED_MEMORY);
  const signals = allocateSignals();
  const producer = makeProducer({
    settings: {
      ringBytes: 1_048_576,
      shares: LEVELS.map(() => 1),
      batchSize: 100,
      disabled: false,
      metrics: [],
      cardinalityLimit: 10,
      exemplars: 'always_off',
      sampling: config.sampling,
      blackBox: { records: 0 },
    },
    allocator,
    signals,
    run: allocateRun(allocator, 'i'),
    levels: new LevelBoard(signals, { level: config.level ?? 'trace', levels: {} }),
    redaction: NO_REDACTION,
    writeThrough: () => true,
    onSeries: () => {},
    onMetricProblem: () => {},
  });
  const source = new LaneSource(producer.memory, 'logs', { maskFor: () => 1, maskForAny: () => 1 }, { offsetNanos: 0n }, 128);
  log(producer);
  producer.settle();
  const records: Written[] = [];
  while (source.scan() > 0) {
    for (let i = 0; i < source.count; i++) {
      const { level, body, attributes } = decodeFrame(source, source.frames[i]!, source.decodeContext());
      records.push({ level, body, leftOut: Number(attributes['hft.sampled_out'] ?? 0), attributes });
    }
    source.release();
  }
  const account = accountOf(openBlock(producer.memory.logs.ring).memory);
  const sampledOut = Object.fromEntries(
    LEVELS.map((level, rank) => [level, account.sampledOut[rank]!]).filter(([, count]) => count !== 0),
  );
  return {
    records,
    plain: records.filter(({ body }) => body !== SUMMARY),
    sampledOut: sampledOut as Partial<Record<Level, number>>,
    accepted: account.accepted,
  };
}

const loggerOf = (producer: Producer, name: string) => producer.logger(componentScope(name));

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());

test('the first few of a call site are written, then every so many, which say how many were left out', () => {
  const { plain, records, sampledOut } = written({ sampling: [{ first: 2, every: 3, perMillis }] }, (producer) => {
    for (let i = 1; i <= 12; i++) loggerOf(producer, 'feed').info('tick', { i });
  });
  expect(plain.map(({ attributes, leftOut }) => [attributes.i, leftOut])).toEqual([
    [1, 0],
    [2, 0],
    [5, 2],
    [8, 2],
    [11, 2],
  ]);
  expect(sampledOut).toEqual({ info: 7 });
  // What no later record tells of, the flush does.
  expect(records.at(-1)).toMatchObject({
    level: 'info',
    body: SUMMARY,
    leftOut: 1,
    attributes: { message: 'tick' },
  });
});

test('the count begins anew when its time is over', () => {
  let now = 0n;
  const scope = { name: 'feed', tags: [], attributes: {} };
  let counted = 0;
  const sampler = new Sampler({ rules: [{ first: 1, every: 0, perMillis: 5 }], readClock: () => now, count: () => counted++ });
  const asked = [0n, 1n, 4_999_999n, 5_000_000n, 5_000_001n, 12_000_000n].map((nanos) => {
    now = nanos;
    return sampler.ask(scope, 2, 'tick', undefined);
  });
  expect(asked).toEqual([0, -1, -1, 2, -1, 1]);
  expect(counted).toBe(3);
});

test('levels above the rule, loggers that it does not name, disabled levels and audit events are not touched', () => {
  const sampling: SamplingRule[] = [{ logger: 'feed*', upTo: 'info', first: 0, every: 0, perMillis }];
  const { plain, sampledOut } = written({ sampling, level: 'debug' }, (producer) => {
    for (const level of LEVELS) loggerOf(producer, 'feed')[level]('m');
    for (const level of LEVELS) loggerOf(producer, 'orders')[level]('m');
    loggerOf(producer, 'feed').audit('order', {});
  });
  const of = (component: string) =>
    plain.filter(({ attributes }) => attributes.component === component).map(({ level, body }) => [body, level]);
  expect(of('feed').sort()).toEqual([
    ['m', 'error'],
    ['m', 'fatal'],
    ['m', 'warning'],
  ]);
  expect(of('orders').map(([, level]) => level)).toEqual(LEVELS.filter((level) => level !== 'trace'));
  expect(sampledOut).toEqual({ debug: 1, info: 1 });
});

test('loggers with a context share the call sites of their parent, and OpenTelemetry’s Logs API is sampled too', () => {
  const { plain, sampledOut } = written({ sampling: [{ first: 3, every: 0, perMillis }] }, (producer) => {
    for (let i = 0; i < 10; i++) loggerOf(producer, 'feed').withContext({ request: i }).info('tick');
    for (let i = 0; i < 10; i++)
      new RingLoggerProvider(() => producer).getLogger('lib').emit({ severityNumber: 9, body: 'tick' });
  });
  expect(plain.length).toBe(6);
  expect(sampledOut).toEqual({ info: 14 });
});

test('records with an event name or a time of their own are sampled as others are, and the next one says how many were left out', () => {
  const { plain, sampledOut } = written({ sampling: [{ first: 2, every: 4, perMillis }], level: 'info' }, (producer) => {
    const logger = new RingLoggerProvider(() => producer).getLogger('lib');
    for (let n = 0; n < 10; n++) {
      logger.emit({ severityNumber: 9, body: 'tick', eventName: 'market.tick', timestamp: 1_700_000_000_000, attributes: { n } });
      logger.emit({ severityNumber: 5, body: 'disabled', eventName: 'market.tick' });
    }
  });
  expect(plain.map(({ attributes, leftOut }) => [attributes.n, leftOut])).toEqual([
    [0, 0],
    [1, 0],
    [5, 3],
    [9, 3],
  ]);
  expect(sampledOut).toEqual({ info: 6 });
});

describe('traces', () => {
  const inTrace = (traceId: string, call: () => void) =>
    context.with(
      trace.setSpanContext(context.active(), { traceId, spanId: 'b7ad6b7169203331', traceFlags: TraceFlags.SAMPLED }),
      call,
    );

  test('a share of traces is kept, each whole, the same ones everywhere; outside of a trace the counts decide', () => {
    const traces = Array.from(
      { length: 64 },
      (_, i) => `${'1'.repeat(18)}${(i * 4).toString(16).padStart(2, '0')}${'0'.repeat(12)}`,
    );
    const run = () =>
      written({ sampling: [{ traces: 0.25, first: 1, every: 0, perMillis }] }, (producer) => {
        for (const id of traces)
          inTrace(id, () => {
            for (const m of ['a', 'b', 'c']) loggerOf(producer, 'x').info(m, { id });
          });
        for (let i = 0; i < 4; i++) loggerOf(producer, 'x').info('outside');
      });
    const [one, other] = [run(), run()];
    const keptOf = ({ plain }: typeof one) =>
      plain.filter(({ body }) => body !== 'outside').map(({ body, attributes }) => `${attributes.id} ${body}`);
    // The consistent samplers of OpenTelemetry keep the traces whose random bits are not below 1 − share.
    const expected = traces
      .filter((id) => Number.parseInt(id.slice(18, 20), 16) >= 192)
      .flatMap((id) => ['a', 'b', 'c'].map((m) => `${id} ${m}`));
    expect(keptOf(one)).toEqual(expected);
    expect(keptOf(other)).toEqual(expected);
    expect(one.plain.filter(({ body }) => body === 'outside').length).toBe(1);
    expect(one.sampledOut).toEqual({ info: 3 * 48 + 3 });
  });

  test('a record that names its trace goes by that one, not by the active one', () => {
    const [left, kept] = [0, 255].map((bits) => `${'1'.repeat(18)}${bits.toString(16).padStart(2, '0')}${'0'.repeat(12)}`);
    const { plain, sampledOut } = written({ sampling: [{ traces: 0.25, first: 0, every: 0, perMillis }] }, (producer) => {
      const logger = new RingLoggerProvider(() => producer).getLogger('lib');
      const emit = (traceId: string) => {
        const spanContext = { traceId, spanId: 'b7ad6b7169203331', traceFlags: TraceFlags.SAMPLED };
        const own = trace.setSpanContext(context.active(), spanContext);
        logger.emit({ severityNumber: 9, body: traceId, eventName: 'e', context: own });
      };
      inTrace(left!, () => emit(kept!));
      inTrace(kept!, () => emit(left!));
    });
    expect(plain.map(({ body }) => body)).toEqual([kept]);
    expect(sampledOut).toEqual({ info: 1 });
  });
});

test('for any calls and rules: written and left out are what was logged, level by level, and marks tell of exactly what is counted', () => {
  const call = fc.record({
    level: fc.constantFrom<Level>('debug', 'info', 'warning', 'error'),
    name: fc.constantFrom('a', 'b.c', 'b.d'),
    args: fc.constantFrom<unknown[]>(
      ['m', { a: 1 }],
      ['n'],
      [{ a: 1 }, 'm'],
      [new Error('e'), { a: 1 }],
      ['m', () => ({ lazy: 1 })],
      ['x', 1, 2, 3],
      [{ a: 1 }],
      [],
    ),
  });
  const rule = fc.record(
    {
      logger: fc.constantFrom('*', 'b.*', 'a'),
      upTo: fc.constantFrom<Level>('debug', 'info', 'warning', 'fatal'),
      first: fc.integer({ min: 0, max: 3 }),
      every: fc.integer({ min: 0, max: 4 }),
      perMillis: fc.constantFrom(1, perMillis),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), fc.array(rule, { maxLength: 2 }), (calls, sampling) => {
      const { records, plain, sampledOut, accepted } = written({ sampling }, (producer) => {
        for (const { level, name, args } of calls) loggerOf(producer, name)[level](...(args as [unknown]));
      });
      for (const level of LEVELS) {
        const logged = calls.filter((each) => each.level === level).length;
        const kept = plain.filter((each) => each.level === level).length;
        const told = records.filter((each) => each.level === level).reduce((sum, { leftOut }) => sum + leftOut, 0);
        expect([level, kept + (sampledOut[level] ?? 0), told]).toEqual([level, logged, sampledOut[level] ?? 0]);
      }
      expect(accepted).toBe(records.length);
    }),
    { numRuns: 100 },
  );
});

test('an instance tells of it in health() and in hft.log.sampled_out_total', async () => {
  await using logging = createLogging({
    environment: 'test',
    level: 'trace',
    sampling: [{ first: 1, every: 0, perMillis }],
    backends: {},
  });
  for (let i = 0; i < 5; i++) logging.getLogger('feed').info('tick', { i });
  expect(logging.health().lanes.logs).toMatchObject({ sampledOut: { info: 4 }, droppedTotal: 0 });
});
