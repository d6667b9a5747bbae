import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textSegment } from '../../src/encoders/segment.ts';
import { isoNanos, isoSeconds, TimestampWriter } from '../../src/encoders/timestamp.ts';
import { FrameBuilder } from '../support/frames.ts';

function frameTimes(readings: readonly bigint[], offsetNanos: bigint): string[] {
  const frames = new FrameBuilder(1 << 16, 1 << 12);
  const scope = frames.scope({ name: 'x', tags: [], attributes: {} });
  for (const nanos of readings) frames.record({ scope, levelRank: 2, message: 'm', fields: {}, nanos, sequence: 1 });
  const writer = new TimestampWriter(frames.source, { offsetNanos }, (seconds) => textSegment(`${isoSeconds(seconds)}.`));
  const bytes = Buffer.alloc(64);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 64);
  return frames.offsets.map((unit) => bytes.toString('latin1', 0, writer.write(view, 0, unit)));
}

/** Steps that stay in a second, leave it, and cross the places where the reading's low word wraps (every 4.3 s). */
const step = fc.oneof(
  fc.bigInt({ min: -1_000_000n, max: 50_000_000n }),
  fc.bigInt({ min: -2_000_000_000n, max: 6_000_000_000n }),
);
const start = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 62n }),
  fc
    .tuple(fc.bigInt({ min: 1n, max: 1000n }), fc.bigInt({ min: -1_500_000_000n, max: 1_500_000_000n }))
    .map(([wraps, near]) => wraps * 2n ** 32n + near),
);

test('every reading of a run gets its own time, whatever the run crosses', () => {
  fc.assert(
    fc.property(
      start,
      fc.array(step, { maxLength: 60 }),
      fc.bigInt({ min: -(2n ** 61n), max: 2n ** 61n }),
      (first, steps, offsetNanos) => {
        const readings = [first];
        for (const nanos of steps) readings.push(readings[readings.length - 1] + nanos);
        expect(frameTimes(readings, offsetNanos).map((time) => `${time}Z`)).toEqual(
          readings.map((reading) => isoNanos(reading + offsetNanos)),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('the ends of a second belong to the right one', () => {
  const readings = [0n, 1n, 999_999_999n, 1_000_000_000n, 1_999_999_999n, 2_000_000_000n, 1_999_999_999n, 0n];
  for (const offsetNanos of [0n, 1n, 1_700_000_000_000_000_000n]) {
    expect(frameTimes(readings, offsetNanos).map((time) => `${time}Z`)).toEqual(
      readings.map((reading) => isoNanos(reading + offsetNanos)),
    );
  }
});

test('times are what Date says, with all nine digits', () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
      fc.nat({ max: 999_999 }),
      (date, nanos) => {
        const expected = `${date.toISOString().slice(0, 23)}${String(nanos).padStart(6, '0')}Z`;
        expect(isoNanos(BigInt(date.getTime()) * 1_000_000n + BigInt(nanos))).toBe(expected);
      },
    ),
  );
});

test('a time before year 0 or after year 9999 is written in nanoseconds', () => {
  const first = BigInt(Date.parse('0000-01-01T00:00:00Z')) * 1_000_000n;
  const last = BigInt(Date.parse('+010000-01-01T00:00:00Z')) * 1_000_000n;
  expect(isoNanos(first)).toBe('0000-01-01T00:00:00.000000000Z');
  expect(isoNanos(first - 1n)).toBe(`${first - 1n}ns`);
  expect(isoNanos(last - 1n)).toBe('9999-12-31T23:59:59.999999999Z');
  expect(isoNanos(last)).toBe(`${last}ns`);
});

test('a clock that is anchored anew holds from the next run of frames on', () => {
  const frames = new FrameBuilder(1 << 12, 1 << 12);
  const scope = frames.scope({ name: 'x', tags: [], attributes: {} });
  const unit = frames.record({ scope, levelRank: 2, message: 'm', fields: {}, nanos: 5n, sequence: 1 });
  const clock = { offsetNanos: 1_700_000_000_123_456_789n };
  let made = 0;
  const writer = new TimestampWriter(frames.source, clock, (seconds) => {
    made++;
    return textSegment(`${isoSeconds(seconds)}.`);
  });
  const bytes = Buffer.alloc(64);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 64);
  const written = () => bytes.toString('latin1', 0, writer.write(view, 0, unit));
  expect(written()).toBe('2023-11-14T22:13:20.123456794');
  clock.offsetNanos += 1n;
  expect(written()).toBe('2023-11-14T22:13:20.123456794');
  const madeBefore = made;
  writer.refresh();
  expect(written()).toBe('2023-11-14T22:13:20.123456795');
  expect(made).toBe(madeBefore + 1);
  writer.refresh();
  written();
  expect(made).toBe(madeBefore + 1);
});
