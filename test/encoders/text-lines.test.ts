import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TextLinesEncoder } from '../../src/encoders/text/lines.ts';
import type { TextLinesOptions } from '../../src/encoders/text/style.ts';
import type { Lane } from '../../src/record.ts';
import { LEVELS, rankOfLevel } from '../../src/record.ts';
import { FrameBuilder, type FrameRecord, Interned, REDACTED } from '../support/frames.ts';
import { encodeAll, GuardedOutput } from './output.ts';
import { append, type RandomRecord, randomRecord } from './records.ts';

const PLAIN: TextLinesOptions = { colored: false, date: false };
const ZONE = process.env.TZ;
/** 2026-11-22, 12:34:56 in London, where it is winter. */
const OFFSET_NANOS = BigInt(Date.UTC(2026, 10, 22, 12, 34, 56)) * 1_000_000n;

beforeAll(() => {
  process.env.TZ = 'Europe/London';
});
afterAll(() => {
  if (ZONE === undefined) delete process.env.TZ;
  else process.env.TZ = ZONE;
});

function encoderOf(frames: FrameBuilder, options = PLAIN, lane: Lane = 'logs', offsetNanos = OFFSET_NANOS): TextLinesEncoder {
  return new TextLinesEncoder(
    frames.source,
    { lane, clock: { offsetNanos }, sequenceOf: (low) => low >>> 0, attributeLimit: Number.POSITIVE_INFINITY },
    options,
  );
}

const SCOPE = {
  name: 'exchange.mexc.private.ws',
  tags: ['mexc', 'private', 'ws'],
  attributes: { exchange: 'mexc', api_type: 'private', desk: 'A 1' },
};
const BASE: Omit<FrameRecord, 'scope'> = { levelRank: 2, message: 'order placed', fields: {}, nanos: 123_999_999n, sequence: 1 };

function linesOf(
  record: Partial<FrameRecord>,
  options = PLAIN,
  lane: Lane = 'logs',
  scope: typeof SCOPE | { name: string; tags: string[]; attributes: object } = SCOPE,
): string {
  const frames = new FrameBuilder(1 << 14, 1 << 14);
  frames.record({ ...BASE, scope: frames.scope(scope as typeof SCOPE), ...record });
  return encodeAll(encoderOf(frames, options, lane), frames.frames).toString();
}

describe('a line reads well', () => {
  test('time, level, logger, message, context that the name does not tell, fields', () => {
    const fields = {
      symbol: new Interned('BTCUSDT'),
      qty: 0.5,
      note: 'two words',
      empty: '',
      live: true,
      gone: null,
      api_key: REDACTED,
      list: [1, 'a b'],
    };
    expect(linesOf({ fields })).toBe(
      '12:34:56.123 INFO  exchange.mexc.private.ws order placed                 desk="A 1" symbol=BTCUSDT qty=0.5 note="two words" empty="" live=true gone=null api_key=[redacted] list=[1,"a b"]\n',
    );
  });

  test('with date and offset from UTC in files, in summer and winter', () => {
    const bare = { name: 'app', tags: [], attributes: {} };
    const dated = { colored: false, date: true };
    expect(linesOf({}, dated, 'logs', bare)).toBe('2026-11-22 12:34:56.123 +00:00 INFO  app                      order placed\n');
    const july = 20_000_000_000_000_000n; // 231 days on
    expect(linesOf({ nanos: july }, dated, 'logs', bare)).toBe(
      '2027-07-12 01:08:16.000 +01:00 INFO  app                      order placed\n',
    );
  });

  test('levels stand in line, and audits are told apart', () => {
    const bare = { name: 'app', tags: [], attributes: {} };
    const heads = LEVELS.map((_, levelRank) => linesOf({ levelRank }, PLAIN, 'logs', bare).slice(13, 19));
    expect(heads).toEqual(['TRACE ', 'DEBUG ', 'INFO  ', 'WARN  ', 'ERROR ', 'FATAL ']);
    expect(linesOf({}, PLAIN, 'audit', bare)).toBe('12:34:56.123 AUDIT app                      order placed\n');
  });

  test('an attribute by position that repeats parts of the logger’s name is left out, of any number of parts', () => {
    const part = fc.stringMatching(/^[a-z0-9-]{1,4}$/);
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.nat(3),
        fc.nat(3),
        fc.constantFrom('component', 'exchange', 'transport'),
        (parts, from, to, key) => {
          const value = parts.slice(from, from + to + 1).join('.');
          fc.pre(value !== '');
          const line = linesOf({}, PLAIN, 'logs', { name: parts.join('.'), tags: [], attributes: { [key]: value } });
          expect(line).not.toContain(`${key}=`);
        },
      ),
    );
    const told = (name: string, component: string) => linesOf({}, PLAIN, 'logs', { name, tags: [], attributes: { component } });
    expect(told('ab.c', 'b')).toContain('component=b');
    expect(told('a.b.c', 'a.c')).toContain('component=a.c');
  });

  test('characters that take two columns, or none, are filled up to the same column as others', () => {
    const scope = { name: '取引所.mexc', tags: [], attributes: {} };
    const message = '价格异常 🚀 cafe\u0301';
    const line = '12:34:56.123 INFO  取引所.mexc              价格异常 🚀 cafe\u0301             qty=1\n';
    expect(linesOf({ message, fields: { qty: 1 } }, PLAIN, 'logs', scope)).toBe(line);
  });

  test('a rate is no duration, though its name ends in a unit of time', () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/).filter((word) => !word.endsWith('per'));
    const rate = fc
      .tuple(label, fc.constantFrom('_per_ms', '_per_us', '_per_ns', 'PerMs', 'PerUs', 'PerMillis', '.per_ms', '_per_s'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(rate, fc.double({ noNaN: true, noDefaultInfinity: true }), (name, value) => {
        expect(linesOf({ fields: { [name]: value } })).toContain(` ${name}=${value}\n`);
      }),
    );
    for (const name of ['paper_ms', 'upper_us', 'superMs']) expect(linesOf({ fields: { [name]: 1 } })).not.toContain(`${name}=`);
  });

  test('durations have a unit that suits them; points in time are left alone', () => {
    const fields = {
      latency_us: 1234.56,
      elapsedMs: 75_000,
      age_s: 7384,
      rtt_ns: 850,
      timeout_ms: -20,
      expires_at_ms: 1.8e12,
      orders_s: 3,
      wait_us: Number.NaN,
    };
    expect(linesOf({ fields }, PLAIN, 'logs', { name: 'a', tags: [], attributes: { poll_ms: 250 } }).slice(72)).toBe(
      ' poll=250ms latency=1.235ms elapsed=1m15s age=2h03m04s rtt=850ns timeout=-20ms expires_at_ms=1800000000000 orders_s=3 wait_us=NaN\n',
    );
  });

  test('an error is one line and its stack below, each cause with its own', () => {
    const stack = 'TypeError: no price\n    at quote (book.ts:7:3)\nCaused by: Error: closed\n    at close (ws.ts:1:1)';
    const fields = { id: 7, 'exception.type': 'TypeError', 'exception.message': 'no price', 'exception.stacktrace': stack };
    expect(
      linesOf({ levelRank: 4, message: 'quote failed', fields }, PLAIN, 'logs', { name: 'a', tags: [], attributes: {} }).split(
        '\n',
      ),
    ).toEqual([
      '12:34:56.123 ERROR a                        quote failed                 id=7',
      '    TypeError: no price',
      '        at quote (book.ts:7:3)',
      '    Caused by: Error: closed',
      '        at close (ws.ts:1:1)',
      '',
    ]);
  });

  test('what a stack says already is left out, and nothing else that happens to be in it', () => {
    const stack = 'TypeError: no price\n    at quote (book.ts:7:3)';
    const bare = { name: 'a', tags: [], attributes: {} };
    const fieldsOf = (fields: object) =>
      linesOf({ fields: { ...fields, 'exception.stacktrace': stack } }, PLAIN, 'logs', bare)
        .split('\n')[0]
        .slice(72);
    expect(fieldsOf({ 'exception.type': 'TypeError', 'exception.message': 'no price', where: 'quote' })).toBe(' where=quote');
    expect(fieldsOf({ 'exception.type': 'Other', 'exception.message': 7 })).toBe(' exception.type=Other exception.message=7');
  });

  test('a line without fields ends with its message, in any characters', () => {
    const bare = { name: 'a', tags: [], attributes: {} };
    for (const message of ['order placed', 'Größe 🚀'])
      expect(linesOf({ message }, PLAIN, 'logs', bare)).toBe(`12:34:56.123 INFO  a                        ${message}\n`);
  });

  test('a value that is a text is written like a text, wherever it comes from', () => {
    const when = new Date(0);
    expect(linesOf({ fields: { when, why: new Error('no price').message } })).toContain(
      ' when=1970-01-01T00:00:00.000Z why="no price"\n',
    );
  });

  test('a text under the name of a duration is no duration', () => {
    const frames = new FrameBuilder(1 << 12, 1 << 12);
    const attributes = { latency_ms: '12', rtt_ms: 12, '': null };
    frames.object(0, rankOfLevel('info'), 0n, 1, [9, 'INFO', 'm', null, attributes, 1n, null, null, null]);
    expect(encodeAll(encoderOf(frames), frames.frames).toString()).toContain(' latency_ms=12 rtt=12ms ""=null\n');
    expect(linesOf({ fields: { latency_ms: '12' } })).toContain(' latency_ms=12\n');
  });

  test('a message of FIX has bars for its ends of fields, as a message, as a field, and inside of one', () => {
    const fix = '8=FIX.4.4\u00019=5\u000135=0\u0001';
    const shown = '8=FIX.4.4|9=5|35=0|';
    for (const inlineMessage of [false, true])
      expect(linesOf({ message: fix, inlineMessage, fields: { fix, list: [fix, { in: fix }], qty: 1 } })).toContain(
        `${shown}          desk="A 1" fix="${shown}" list=["${shown}",{"in":"${shown}"}] qty=1\n`,
      );
    expect(linesOf({ fields: { odd: 'a\u0001b' } })).toContain(' odd="a\\u0001b"\n');
  });

  test('fields that are not written do not displace those behind them', () => {
    const fields = { 'hft.audit': [1, 'two'], 'event.name': 'a text of some length', 'hft.audit.seq': 7, note: 'behind', qty: 1 };
    expect(linesOf({ fields }, PLAIN, 'audit')).toContain(' desk="A 1" note=behind qty=1\n');
  });

  test('in colour it is the same text', () => {
    const fields = { symbol: 'BTCUSDT', 'exception.stacktrace': 'Error: x\n  at y' };
    for (const record of [{ fields }, { fields: { a: 1 } }, { levelRank: 4 }]) {
      const colored = linesOf(record, { colored: true, date: false });
      expect(colored.replace(/\u001b\[[0-9;]*m/g, '')).toBe(linesOf(record));
      expect(colored).toContain('\u001b[');
      for (const line of colored.trimEnd().split('\n')) expect(line).toMatch(/\u001b\[0m$/);
    }
  });
});

describe('no record does harm', () => {
  test('of a message, a name or a value nothing reaches the terminal but visible characters', () => {
    fc.assert(
      fc.property(
        fc.array(randomRecord, { minLength: 1, maxLength: 4 }),
        fc.constantFrom<Lane>('logs', 'audit'),
        (records, lane) => {
          const frames = new FrameBuilder(1 << 18, 1 << 18);
          for (const record of records) append(frames, record);
          const lines = encodeAll(encoderOf(frames, PLAIN, lane), frames.frames)
            .toString()
            .split('\n');
          expect(lines.pop()).toBe('');
          expect(lines.length).toBe(records.length);
          for (const line of lines)
            expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('each harmful character is shown by its number', () => {
    const shown = (code: number) => {
      const line = linesOf({ message: `a${String.fromCharCode(code)}b`, inlineMessage: true }, PLAIN, 'logs', {
        name: 'a',
        tags: [],
        attributes: {},
      });
      return line.slice(44).trimEnd().slice(1, -1);
    };
    const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');
    for (const code of [0x0, 0x2, 0x1b, 0x1f, 0x7f, 0x80, 0x9f]) expect(shown(code)).toBe(`\\x${hex(code, 2)}`);
    for (const code of [0x61c, 0x200e, 0x2028, 0x202e, 0x2066, 0xfeff]) expect(shown(code)).toBe(`\\u${hex(code, 3)}`);
    for (const code of [0x20, 0x7e, 0xa0, 0x100, 0x2010]) expect(shown(code)).toBe(String.fromCharCode(code));
  });

  test('a message cannot look like a second line', () => {
    expect(linesOf({ message: 'ok\n12:34:56.124 ERROR forged \u001b[2J\r', inlineMessage: true })).toContain(
      'ok\\n12:34:56.124 ERROR forged \\x1b[2J\\r',
    );
  });
});

/** Records whose fields come in one order, whichever way they are taken apart. */
const orderly = randomRecord.map((record): RandomRecord => {
  const isOrderly = (key: string) =>
    !/^\d+$/.test(key) && !['exchange', 'api_type', 'transport', 'strategy_type', 'component'].includes(key);
  const pick = (from: object, unless: object) => {
    const picked: Record<string, unknown> = Object.create(null);
    for (const [key, value] of Object.entries(from)) if (isOrderly(key) && !(key in unless)) picked[key] = value;
    return picked;
  };
  const fields = pick(record.fields, {});
  return { ...record, fields, scope: { ...record.scope, attributes: pick(record.scope.attributes, fields) } };
});

test('whatever the limit, as many whole lines come out as fit, the slow way writes what the fast one does, and nothing is written beyond', () => {
  fc.assert(
    fc.property(
      fc.array(orderly, { minLength: 1, maxLength: 6 }),
      // Bytes, or so many whole lines and no byte more.
      fc.oneof(fc.record({ bytes: fc.nat(3000) }), fc.record({ lines: fc.nat(6) })),
      fc.record({ colored: fc.boolean(), date: fc.boolean() }),
      fc.constantFrom<Lane>('logs', 'audit'),
      (records, room, options, lane) => {
        const frames = new FrameBuilder(1 << 18, 1 << 18);
        for (const record of records) append(frames, record);
        const all = frames.frames;
        const whole = encodeAll(encoderOf(frames, options, lane), all)
          .toString()
          .split('\n');
        const bytesOf = (lines: readonly string[]) => lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
        const output = new GuardedOutput(
          'bytes' in room ? room.bytes : bytesOf(whole.slice(0, Math.min(room.lines, all.length))),
        );
        const end = encoderOf(frames, options, lane).encode(all, 0, all.length, output);
        expect(output.guardsHold).toBe(true);
        expect(output.written.toString().split('\n')).toEqual([...whole.slice(0, end), '']);
        if (end < all.length) expect(output.position + bytesOf([whole[end]])).toBeGreaterThan(output.limit);
      },
    ),
    { numRuns: 400 },
  );
});

test('ids get new meanings when the dictionary turns', () => {
  const frames = new FrameBuilder(1 << 12, 1 << 12);
  const encoder = encoderOf(frames);
  const add = (name: string) =>
    frames.record({
      ...BASE,
      scope: frames.scope({ name, tags: [], attributes: {} }),
      message: `from ${name}`,
      fields: { of: new Interned(name) },
    });
  const before = encodeAll(encoder, Int32Array.of(add('first'))).toString();
  frames.turn();
  const after = encodeAll(encoder, Int32Array.of(add('second'))).toString();
  expect(before.slice(19)).toMatch(/^first +from first +of=first\n$/);
  expect(after.slice(19)).toMatch(/^second +from second +of=second\n$/);
});

test('the wall clock is anchored anew', () => {
  const clock = { offsetNanos: OFFSET_NANOS };
  const frames = new FrameBuilder(1 << 12, 1 << 12);
  const context = { lane: 'logs' as const, clock, sequenceOf: (low: number) => low, attributeLimit: 9 };
  const encoder = new TextLinesEncoder(frames.source, context, PLAIN);
  const frame = Int32Array.of(frames.record({ ...BASE, scope: frames.scope(SCOPE) }));
  const time = () => encodeAll(encoder, frame).toString().slice(0, 12);
  expect(time()).toBe('12:34:56.123');
  clock.offsetNanos += 3_001_000_000n;
  expect(time()).toBe('12:34:59.124');
});

test('the last time that has a date has one; the next has none', () => {
  const shown = (nanos: bigint) => {
    const frames = new FrameBuilder(1 << 12, 1 << 12);
    frames.object(0, rankOfLevel('info'), 0n, 1, [9, 'INFO', 'm', null, {}, nanos, null, null, null]);
    return encodeAll(encoderOf(frames, { colored: false, date: true }), frames.frames)
      .toString()
      .split(' INFO')[0];
  };
  const last = 8_640_000_000_000n * 1_000_000_000n;
  expect(shown(last)).toContain('275760-09-13');
  expect(shown(last + 1_000_000_000n)).toBe(`${last + 1_000_000_000n}ns`);
});

test('what travels as an object: structured bodies, events, severities of their own, times without a date', () => {
  const frames = new FrameBuilder(1 << 12, 1 << 12);
  frames.object(0, rankOfLevel('info'), 0n, 1, [
    9,
    'INFO',
    { a: [1] },
    'app.start',
    { b: 'x' },
    10n ** 30n,
    null,
    ['ab'.repeat(16), 'cd'.repeat(8), 1],
    null,
  ]);
  expect(encodeAll(encoderOf(frames), frames.frames).toString()).toBe(
    `${10n ** 30n}ns INFO  hft-otel                 {"a":[1]}                    event=app.start b=x trace_id=${'ab'.repeat(16)}\n`,
  );
});
